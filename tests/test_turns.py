"""Turns: one at a time, users in turn, positions told, nobody left behind when somebody goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from text2promql.turns import Turns


class Run:
    """Users who ask at once; who is served in which order, and what positions they are told."""

    def __init__(self, most: int | None) -> None:
        self.turns = Turns(most)
        self.served: list[str] = []
        self.told: dict[str, list[int]] = {}
        self.at_once = self.most_at_once = 0

    async def ask(self, user: str, name: str, seconds: float = 0.01) -> None:
        with self.turns.turn(user) as turn:
            async for position in turn.wait():
                self.told.setdefault(name, []).append(position)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                self.served.append(name)
                await asyncio.sleep(seconds)
            finally:
                self.at_once -= 1


def test_users_are_served_in_turn_whoever_asks_more() -> None:
    run = Run(1)

    async def go() -> None:
        names = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2")]
        await asyncio.gather(*(run.ask(*n) for n in names))

    asyncio.run(go())
    assert run.served == ["a1", "a2", "b1", "c1", "a3", "b2"] and run.most_at_once == 1
    assert "a1" not in run.told and run.told["c1"][-1] == 1
    assert all(positions[-1] >= 1 for positions in run.told.values())


def test_positions_count_down_to_the_turn() -> None:
    run = Run(1)

    async def go() -> None:
        await asyncio.gather(*(run.ask(f"u{n}", f"u{n}") for n in range(5)))

    asyncio.run(go())
    assert run.told["u4"] == [4, 3, 2, 1] and run.served == [f"u{n}" for n in range(5)]


def test_who_goes_frees_the_place_waiting_or_served() -> None:
    run = Run(1)

    async def go() -> None:
        tasks = [asyncio.create_task(run.ask(f"u{n}", f"u{n}", 30 if n < 2 else 0.01)) for n in range(4)]
        await asyncio.sleep(0.02)
        tasks[1].cancel()
        await asyncio.sleep(0.02)
        tasks[0].cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)

    asyncio.run(go())
    assert run.served == ["u0", "u2", "u3"] and run.told["u3"] == [3, 2, 1]


def test_several_at_once_or_any_number() -> None:
    for most, expected in ((3, 3), (None, 8)):
        run = Run(most)

        async def go(run: Run) -> None:
            await asyncio.gather(*(run.ask(f"u{n}", f"u{n}") for n in range(8)))

        asyncio.run(go(run))
        assert run.most_at_once == expected and len(run.served) == 8


def test_a_turn_that_is_held_is_not_waited_for_again() -> None:
    async def go() -> None:
        turns = Turns(1)
        with turns.turn("a") as turn:
            for _ in range(2):
                assert [p async for p in turn.wait()] == []
        with turns.turn("b") as other:
            assert [p async for p in other.wait()] == []

    asyncio.run(go())
