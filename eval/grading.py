"""Grading: is a predicted query right? It and the golds run at three fixed times on one backend."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from eval.scoring import Element, Verdict, compare, elements
from text2promql.backend import Backend
from text2promql.errors import DatasetError, QueryRejected

__all__ = ["BEFORE", "Grade", "Grader"]

#: Results are compared at these distances (seconds) before the end of the world.
BEFORE = (0, 600, 1800)
SAMPLE = 5

Results = tuple[list[Element], ...]


@dataclass(frozen=True)
class Grade:
    """`gold` is the one it matches, or is nearest to. `runs` is false for a query the backend refuses."""

    match: bool
    exact: bool
    runs: bool
    nonempty: bool
    reason: str
    gold: str
    samples: tuple[tuple[str, ...], ...] = ()
    """Some elements of the result and of the gold's at the first time they differ, as text."""


class Grader:
    """Raises BackendError when the backend fails, DatasetError when a gold does not run: neither is a wrong answer."""

    def __init__(self, backend: Backend, end: float) -> None:
        self.times = [end - before for before in BEFORE]
        self._backend = backend
        self._known: dict[str, Results] = {}

    async def results(self, query: str) -> Results:
        """The elements at each of the times; remembered. Raises QueryRejected, BackendError."""
        if query not in self._known:
            found = await asyncio.gather(*(self._backend.query(query, t) for t in self.times))
            self._known[query] = tuple(elements(r.type, r.elements) for r in found)
        return self._known[query]

    async def grade(self, prediction: str | None, golds: Sequence[str]) -> Grade:
        """Right is what matches one and the same gold at all times."""
        if not prediction:
            return Grade(False, False, False, False, "no query", golds[0])
        try:
            found = await self.results(prediction)
        except QueryRejected as error:
            return Grade(False, False, False, False, str(error), golds[0])
        nonempty = all(found)
        nearest: tuple[str, int, list[Verdict]] | None = None
        for gold in golds:
            verdicts = [compare(g, f) for g, f in zip(await self._gold(gold), found, strict=True)]
            if all(v.match for v in verdicts):
                return Grade(True, all(v.exact for v in verdicts), True, nonempty, verdicts[0].reason, gold)
            nearest = nearest or (gold, next(i for i, v in enumerate(verdicts) if not v.match), verdicts)
        assert nearest is not None, "a question has golds"
        gold, at, verdicts = nearest
        samples = tuple(zip_longest(*(_sample(r[at]) for r in (found, await self._gold(gold))), fillvalue=""))
        return Grade(False, False, True, nonempty, verdicts[at].reason, gold, samples)

    async def _gold(self, gold: str) -> Results:
        try:
            return await self.results(gold)
        except QueryRejected as error:
            raise DatasetError(f"the gold {gold} does not run: {error}") from error


def _sample(result: Sequence[Element]) -> list[str]:
    shown = [f"{{{', '.join(f'{k}={v}' for k, v in labels.items())}}} {value:g}" for labels, value in result[:SAMPLE]]
    return [*shown, f"... {len(result)} in all"] if len(result) > SAMPLE else shown
