"""Turns: who may use the model now. The users take turns, whoever asks how much."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

__all__ = ["Turn", "Turns"]


class Turns:
    """At most `most` turns at once (None: any number). Who waits is served round robin by user."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._held = 0
        self._lines: dict[str, deque[Turn]] = {}

    def turn(self, user: str) -> Turn:
        return Turn(self, user)

    def _join(self, turn: Turn) -> None:
        self._lines.setdefault(turn.user, deque()).append(turn)
        self._changed()

    def _leave(self, turn: Turn) -> None:
        if turn.held:
            turn.held = False
            self._held -= 1
        elif turn in self._lines.get(turn.user, ()):
            line = self._lines[turn.user]
            line.remove(turn)
            if not line:
                del self._lines[turn.user]
        self._changed()

    def _changed(self) -> None:
        while self._lines and (self._most is None or self._held < self._most):
            user = next(iter(self._lines))
            line = self._lines.pop(user)
            turn = line.popleft()
            turn.held = True
            self._held += 1
            turn.told.set()
            if line:
                self._lines[user] = line  # behind the others
        for line in self._lines.values():
            for turn in line:
                turn.told.set()

    def _before(self, turn: Turn) -> int:
        """How many questions are answered before this one gets its turn, those in progress included."""
        users = list(self._lines)
        own = self._lines[turn.user].index(turn)
        me = users.index(turn.user)
        others = (min(len(self._lines[u]), own + (i < me)) for i, u in enumerate(users) if i != me)
        return self._held + own + sum(others)


class Turn:
    """A turn that may be waited for, once or several times; leaving the `with` gives it back, also on cancellation."""

    def __init__(self, turns: Turns, user: str) -> None:
        self._turns, self.user = turns, user
        self.held = False
        self.told = asyncio.Event()

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *_: object) -> None:
        self._turns._leave(self)

    async def wait(self) -> AsyncGenerator[int]:
        """How many come before, at each change; ends with the turn, at once where it is held already."""
        if not self.held:
            self._turns._join(self)
        said = None
        while not self.held:
            self.told.clear()
            before = self._turns._before(self)
            if before != said:
                said = before
                yield before
                continue  # much may have happened meanwhile
            await self.told.wait()
