"""Choosing: the first drafts are examined, and what each returns speaks for or against it.

A catalog is closed and a query costs milliseconds, so none has to be believed: one number was asked for and there are
forty rows, five were asked for and there are two, nothing is there at all. `AGAINST` was learned as the weights of
`drafting`, together with them, by `text2promql eval drafts practice --learn`.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from text2promql.adapting.shell import wants_count
from text2promql.answer import DryRun
from text2promql.drafting import CLOSE, Draft
from text2promql.examining import Attempt
from text2promql.retrieval import Found
from text2promql.slots import Slots, read_slots

__all__ = [
    "AGAINST",
    "SURENESS",
    "TRIED",
    "Tried",
    "alike",
    "objections",
    "others",
    "recalled",
    "signs",
    "sureness",
    "tried",
]

#: So many drafts are examined.
TRIED = 6
#: What speaks against a draft, and how much.
AGAINST = {
    "fails": 6.0,  # it does not pass the checks, or does not run
    "nothing": 1.1,  # no series, though no limit leaves them out
    "rows": 2.8,  # one number was asked for
    "rows of a total": 1.9,  # a total was asked for
    "too few": 3.7,  # fewer rows than the ranking was to have
}
#: What the first draft's chance to be right is told from: a logistic regression, learned in the same way.
SURENESS = {
    "ahead": 0.41,  # in score of the next that returns something else, at most MOST
    "score": 0.08,
    "covered": 1.04,  # share of the question's words that the nearest example has
    "neighbours": 1.12,
    "sister": -2.84,
    "unplaced": -1.13,
    "bias": -1.76,
}
MOST = 4.0
#: Values that differ by less are the same.
ALIKE = 0.01
#: Asked before: what of the words may differ (share by weight), how far others must be behind in fused score, and what
#: must all be 0.
SAID, RIVAL = 0.08, 0.03
UNSURE = ("unplaced", "values", "groups", "peak", "quantile", "limit", "compared", "sister")
_EACH = re.compile(r"\b(?:per|each|every|by|which|respective)\b|各|每|按|分别|哪", re.IGNORECASE)
_TOTAL = re.compile(
    r"\btotal\b|\boverall\b|\baltogether\b|\ball together\b|\bcombined\b|合计|总共|一共|总的|总计|整个|全部|整体",
    re.IGNORECASE,
)
_LIMITED = re.compile(r"(?:[<>]=?|[!=]=|\band\b|\bunless\b)")


@dataclass(frozen=True)
class Tried:
    """A draft, and what came of examining it."""

    draft: Draft
    attempt: Attempt
    score: float


async def tried(drafts: Sequence[Draft], question: str, examine: Callable[[str], Awaitable[Attempt]]) -> list[Tried]:
    """The first drafts examined, the best first. Raises BackendError."""
    first = drafts[:TRIED]
    slots = read_slots(question)
    attempts = await asyncio.gather(*(examine(d.promql) for d in first))
    out = []
    for draft, attempt in zip(first, attempts, strict=True):
        against = sum(AGAINST[name] for name in objections(attempt, question, slots))
        out.append(Tried(draft, attempt, draft.score - against))
    return sorted(out, key=lambda t: -t.score)


def signs(made: Sequence[Tried], found: Found) -> dict[str, float]:
    """What speaks for and against the first draft, by the names of SURENESS."""
    first = made[0]
    other = next((t for t in made[1:] if not alike(t.attempt.run, first.attempt.run)), None)
    features = first.draft.features
    return {
        "ahead": min(MOST, first.score - other.score) if other else MOST,
        "score": first.score,
        "covered": found.coverage,
        "neighbours": features["neighbours"],
        "sister": features["sister"],
        "unplaced": features["unplaced"],
    }


def sureness(made: Sequence[Tried], found: Found) -> float:
    """The chance that the first draft is right, 0 to 1."""
    told = sum(SURENESS[name] * value for name, value in signs(made, found).items())
    return 1 / (1 + math.exp(-told - SURENESS["bias"]))


def alike(one: DryRun, other: DryRun) -> bool:
    """Whether two results have the same values; they were read a moment apart."""
    values = [sorted(float(e["value"][1]) for e in run.sample if "value" in e) for run in (one, other)]
    if one.series != other.series or len(values[0]) != len(values[1]):
        return False
    return all(a == b or math.isclose(a, b, rel_tol=ALIKE) for a, b in zip(*values, strict=True))


def others(made: Sequence[Tried], run: DryRun) -> list[str]:
    """Queries that run and return something else than `run`, and than each other; the best first."""
    told, out = [run], []
    for one in made:
        if one.attempt.good and one.attempt.run.series and not any(alike(one.attempt.run, r) for r in told):
            told.append(one.attempt.run)
            out.append(one.attempt.text)
    return out


def recalled(made: Sequence[Tried]) -> Tried | None:
    """The draft that needs no model: that of a question known word for word; or the first one, where the question was
    asked before in these words, whatever its slots, and nothing else is near."""
    known = [t for t in made if t.attempt.good and t.draft.known]
    if known:
        return max(known, key=lambda t: t.draft.example.origin != "corpus")  # people know better
    first = made[0] if made else None
    if first is None or first.draft.features["behind"] > CLOSE or not first.attempt.good or first.attempt.findings:
        return None
    features = first.draft.features
    if features["missing"] > SAID or features["extra"] > SAID or any(features[name] for name in UNSURE):
        return None
    if first.score < first.draft.score or not first.attempt.run.series:
        return None  # something spoke against it
    own = set(first.draft.example.metrics)
    others = (
        t.draft.features for t in made[1:] if not t.draft.features["sister"] and set(t.draft.example.metrics) != own
    )
    rival = any(o["behind"] < RIVAL or max(o["missing"], o["extra"]) <= 2 * SAID for o in others)
    return None if rival else first


def objections(attempt: Attempt, question: str, slots: Slots) -> list[str]:
    """What of a result is not as the question wants it: names of AGAINST."""
    if not attempt.good:
        return ["fails"]
    rows = attempt.run.series
    if not rows:
        return [] if _LIMITED.search(attempt.text) else ["nothing"]
    out = []
    if rows > 1 and not _EACH.search(question):
        if wants_count(question):
            out.append("rows")
        if _TOTAL.search(question):
            out.append("rows of a total")
    if slots.k is not None and rows < slots.k and not _LIMITED.search(attempt.text):
        out.append("too few")
    return out
