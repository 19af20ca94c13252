"""How many in a window, or how many a second: what a question asks for, and the one made the other."""

from __future__ import annotations

import re
from dataclasses import replace

from text2promql.adapting.units import SPEED, unscaled
from text2promql.adapting.work import Work
from text2promql.promql.tree import Binary, Call, Node, Number, Selector, nodes_of

__all__ = ["put_speed", "to_amount", "wants_amount", "wants_rate"]

_PER_SECOND = re.compile(
    r"per second|a second|each second|/ ?s(?:ec)?\b|\bqps\b|\btps\b|\bops\b|\brps\b|\brate\b|每秒|速率|吞吐",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"how many(?! times (?:the|as|more))|\bnumber of\b|\btotal (?:number|count)\b|\bin total\b|\bcount of\b|多少[次个条笔件]|几次|次数|总数|总量|一共|合计",
    re.IGNORECASE,
)


#: Seconds by which a rate is made one of an hour, a day, a week.
_LONGER = (3600.0, 86400.0, 604800.0)
_LONG = re.compile(
    r"\b(?:per|an?|each|every) (?:hour|day|week)\b|\b(?:hourly|daily|weekly)\b|[一每](?:个?小时|天|日|周)",
    re.IGNORECASE,
)


def wants_amount(question: str) -> bool:
    return bool(_AMOUNT.search(question))


def wants_rate(question: str) -> bool:
    return bool(_PER_SECOND.search(question))


def put_speed(w: Work) -> None:
    """How many in the window, or how many a second: the example may show the other."""
    if w.same:
        return
    asked, told = wants_rate(w.question), wants_rate(w.told)
    told_minute = w.taught.per_minute and not w.asked.per_minute
    if (told or told_minute) and not asked and w.asked.windows and wants_amount(w.question):
        core, scale = unscaled(w.tree)
        if told_minute and abs(scale - 60) < 1e-9:
            w.tree = core
        elif scale in _LONGER and not _LONG.search(w.question):
            w.tree = core
        elif scale in _LONGER:
            return
        w.edit(to_amount, "amount in the window")
    elif told_minute and SPEED.search(w.question) and abs(unscaled(w.tree)[1] - 60) < 1e-9:
        w.tree = unscaled(w.tree)[0]
        w.changes.append("per second")
    elif asked and not told:
        w.edit(
            lambda n: replace(n, function="rate") if isinstance(n, Call) and n.function == "increase" else n,
            "per second",
        )


def to_amount(n: Node) -> Node:
    if isinstance(n, Call) and n.function == "rate":
        return replace(n, function="increase")
    if (
        isinstance(n, Binary)
        and n.sign == "/"
        and isinstance(n.right, Number)
        and any(isinstance(x, Selector) and x.range == n.right.value for x in nodes_of(n.left))
    ):
        return n.left
    return n
