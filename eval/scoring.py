"""Execution accuracy: do two results say the same? Instant queries at fixed times, compared as sets.

Vectors are compared without `__name__`, values to a relative 1e-6, NaN equal to NaN.
`exact`: same label sets with the same values. `match`: as many elements, paired one to one by equal
values where one label set contains the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Verdict", "compare", "elements"]

TOLERANCE = 1e-6

Element = tuple[dict[str, str], float]


@dataclass(frozen=True)
class Verdict:
    match: bool
    exact: bool
    reason: str


def elements(kind: str, result: Sequence[dict[str, Any]]) -> list[Element]:
    """The elements of an instant query's result, as the API gives them; a scalar is one element without labels."""
    if kind == "matrix":
        return [(_labels(e), _value(e["values"][-1][1])) for e in result if e["values"]]
    return [(_labels(e), _value(e["value"][1])) for e in result]


def _labels(element: dict[str, Any]) -> dict[str, str]:
    return {k: v for k, v in element["metric"].items() if k != "__name__"}


def _value(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def compare(gold: Sequence[Element], found: Sequence[Element]) -> Verdict:
    """Whether `found` says what `gold` says."""
    if len(gold) != len(found):
        return Verdict(False, False, f"{len(found)} elements instead of {len(gold)}")
    exact = _exact(gold, found)
    if exact:
        return Verdict(True, True, "same labels and values")
    if _pairing(gold, found):
        return Verdict(True, False, "same values; labels differ only in how many there are")
    return Verdict(False, False, "values or labels differ")


def _equal(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or math.isclose(a, b, rel_tol=TOLERANCE)


def _exact(gold: Sequence[Element], found: Sequence[Element]) -> bool:
    theirs = {tuple(sorted(labels.items())): value for labels, value in found}
    keys = [tuple(sorted(labels.items())) for labels, _ in gold]
    return len(theirs) == len(gold) and all(
        k in theirs and _equal(value, theirs[k]) for k, (_, value) in zip(keys, gold, strict=True)
    )


def _pairing(gold: Sequence[Element], found: Sequence[Element]) -> bool:
    """A perfect matching between the two sides (augmenting paths; results are small)."""
    partners = [[j for j, other in enumerate(found) if _fits(element, other)] for element in gold]
    taken: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for j in partners[i]:
            if j in seen:
                continue
            seen.add(j)
            if j not in taken or place(taken[j], seen):
                taken[j] = i
                return True
        return False

    return all(place(i, set()) for i in range(len(gold)))


def _fits(a: Element, b: Element) -> bool:
    if not _equal(a[1], b[1]):
        return False
    left, right = a[0].items(), b[0].items()
    return left <= right or right <= left
