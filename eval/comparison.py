"""Two runs side by side: what got better, what got worse, and whether the difference is more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from eval.records import Record
from text2promql.errors import DatasetError

__all__ = ["Comparison", "compare_runs"]


@dataclass(frozen=True)
class Comparison:
    """Over the questions that both runs answered; `p` is McNemar's exact two-sided test."""

    n: int
    before: float
    after: float
    better: list[tuple[Record, Record]]
    worse: list[tuple[Record, Record]]
    p: float


def compare_runs(before: Sequence[Record], after: Sequence[Record]) -> Comparison:
    """Pairs by question id and wording. Raises DatasetError where no question is in both."""
    known = {(r.question.id, r.question.question): r for r in before if not r.failure}
    pairs = [(known[key], r) for r in after if not r.failure and (key := (r.question.id, r.question.question)) in known]
    if not pairs:
        raise DatasetError("the two runs have no question in common")
    better = [(a, b) for a, b in pairs if b.right and not a.right]
    worse = [(a, b) for a, b in pairs if a.right and not b.right]
    return Comparison(
        len(pairs),
        sum(a.right for a, _ in pairs) / len(pairs),
        sum(b.right for _, b in pairs) / len(pairs),
        better,
        worse,
        _mcnemar(len(better), len(worse)),
    )


def _mcnemar(better: int, worse: int) -> float:
    """How likely at least so uneven a split is if both ways are equally likely."""
    total, least = better + worse, min(better, worse)
    return min(1.0, 2 * sum(comb(total, k) for k in range(least + 1)) / 2**total) if total else 1.0
