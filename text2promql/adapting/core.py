"""The core of a query: its quantile, windows, and what is measured of whom (`filters`, `groups`, `shares`)."""

from __future__ import annotations

import re
from dataclasses import replace

from text2promql.adapting.filters import put_filters
from text2promql.adapting.groups import put_groups, wants_amount
from text2promql.adapting.shares import put_share, put_sides
from text2promql.adapting.shell import Shell, wants_peak
from text2promql.adapting.work import Work, rated
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Selector,
    nodes_of,
)
from text2promql.slots import seconds_as_duration

__all__ = ["edit_core"]

DEFAULT_WINDOW = 300.0


def edit_core(w: Work, shell: Shell) -> None:
    _quantile(w)
    _calm(w)
    _windows(w, shell)
    _per_second(w)
    _horizon(w)
    _bound(w)
    put_filters(w)
    put_groups(w)
    put_sides(w)
    put_share(w, shell)


def _quantile(w: Work) -> None:
    asked = w.asked.quantile
    if asked is None:
        return
    found = False

    def change(n: Node) -> Node:
        nonlocal found
        if isinstance(n, Call) and n.function == "histogram_quantile":
            found = True
            return replace(n, args=(Number(asked), *n.args[1:]))
        if isinstance(n, Aggregation) and n.op == "quantile":
            found = True
            return replace(n, param=Number(asked))
        if isinstance(n, Selector) and any(label == "quantile" for label, _, _ in n.matchers):
            values = w.facts[n.metric].labels.values.get("quantile", []) if n.metric in w.facts else []
            same = [v for v in values if abs(float(v) - asked) < 1e-9]
            found = found or bool(same)
            if same:
                return replace(n, matchers=tuple((a, o, same[0] if a == "quantile" else v) for a, o, v in n.matchers))
        return n

    w.edit(change, f"quantile {asked:g}")
    if not found:
        w.left.append(f"quantile {asked:g}")


def _windows(w: Work, shell: Shell) -> None:  # noqa: C901  a decision for each shape of query
    asked = _spans(w)
    ranges = sorted({n.range for n in nodes_of(w.tree) if isinstance(n, Selector) and n.range})
    function = wants_peak(w.question)
    if shell.peak is not None:
        if not asked or (not function and not w.same):
            if not w.same and wants_peak(w.told):
                shell.peak = None
        else:
            shell.peak = (shell.peak[0], asked[-1], w.asked.step or shell.peak[2])
            w.changes.append(f"over {seconds_as_duration(asked[-1])}")
            if len(asked) > 1 and len(ranges) == 1:
                _set_range(w, ranges[0], asked[0])
            return
    if not asked:
        said = set(w.taught.windows)
        if said and len(ranges) == 1 and ranges[0] in said and rated(w.tree):
            _set_range(w, ranges[0], DEFAULT_WINDOW)
        return
    if len(ranges) == 1 and _peak_of_rate(w, asked, function):
        shell.peak = (function, asked[-1], w.asked.step or 60.0)
        w.changes.append(f"{function} {seconds_as_duration(asked[-1])}")
        _set_range(w, ranges[0], asked[0] if len(asked) > 1 else DEFAULT_WINDOW)
    elif len(ranges) == 1:
        _set_range(w, ranges[0], asked[-1])
    elif len(ranges) > 1:
        if not set(asked) <= set(ranges):
            spoken = [r for r in ranges if r in w.taught.windows]
            if len(spoken) == 1 and len(asked) == 1:
                _set_range(w, spoken[0], asked[0])
            else:
                w.left.append("windows")
    else:
        _over_time(w, shell, asked[-1], function)


def _calm(w: Work) -> None:
    """A peak over a time that only the example's question asked for becomes the level now."""
    if w.same or w.asked.windows or not w.taught.windows or not wants_peak(w.told) or wants_peak(w.question):
        return

    def change(n: Node) -> Node:
        match n:
            case Call(function="max_over_time" | "min_over_time" | "avg_over_time", args=(Selector() as level,)):
                return replace(level, range=None)
            case Aggregation(op="max" | "min", labels=None):
                return n.body
        return n

    w.edit(change, "the level now")


def _spans(w: Work) -> list[float]:
    """The windows asked for; without the distance that a forecast looks ahead, and bounds of a histogram."""
    asked = sorted(set(w.asked.windows))
    if w.asked.bound is not None:
        asked = [a for a in asked if a != w.asked.bound]
    if (
        any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree))
        and w.asked.horizon is None
    ):
        return asked[:1] if len(asked) > 1 else []
    return asked


def _bound(w: Work) -> None:
    """ "Within 250 ms" is the bucket le="0.25", where the histogram has it."""
    asked = w.asked.bound
    if asked is None:
        return

    def change(n: Node) -> Node:
        if (
            not isinstance(n, Selector)
            or n.metric not in w.facts
            or not any(a == "le" and v != "+Inf" for a, _, v in n.matchers)
        ):
            return n
        scale = 1000.0 if re.search(r"_ms_|_milliseconds_|latency_bucket$", n.metric) else 1.0
        same = [
            v
            for v in w.facts[n.metric].labels.values.get("le", [])
            if v != "+Inf" and abs(float(v) - asked * scale) < 1e-9
        ]
        if not same:
            return n
        return replace(n, matchers=tuple((a, o, same[0] if a == "le" else v) for a, o, v in n.matchers))

    w.edit(change, f"within {asked:g} s")


def _peak_of_rate(w: Work, asked: list[float], function: str) -> bool:
    """The peak of a rate within a longer time, said by two windows, a step, or a peak where the example has none."""
    if not function or function == "avg_over_time" or not rated(w.tree) or w.asked.k is not None:
        return False
    over_time = any(isinstance(n, Call) and n.function == function for n in nodes_of(w.tree))
    amount = any(isinstance(n, Call) and n.function in ("increase", "changes", "delta") for n in nodes_of(w.tree))
    if over_time or (amount and len(asked) < 2 and not w.asked.step):
        return False
    return len(asked) > 1 or w.asked.step is not None or (asked[-1] >= 1800 and not wants_peak(w.told) and not w.same)


def _set_range(w: Work, old: float, new: float) -> None:
    def change(n: Node) -> Node:
        if isinstance(n, Selector) and n.range == old:
            return replace(n, range=new)
        # An amount per second: sum_over_time(x[1m]) / 60.
        if isinstance(n, Binary) and n.sign in ("/", "*") and n.right == Number(old) and _amount(n.left):
            return replace(n, right=Number(new))
        return n

    if old != new:
        w.edit(change, f"window {seconds_as_duration(new)}")


def _amount(node: Node) -> bool:
    return any(isinstance(n, Call) and n.function in ("sum_over_time", "increase", "delta") for n in nodes_of(node))


def _over_time(w: Work, shell: Shell, window: float, function: str) -> None:
    """A level over a time: its mean, peak or low in the place of the level now."""
    if w.asked.k is not None and function == "max_over_time" and not re.search(r"peak|峰值", w.question, re.IGNORECASE):
        function = ""  # "the 3 highest" ranks; it does not ask for a peak
    tree = w.tree
    if isinstance(tree, Binary) and tree.sign in ("and", "unless") and isinstance(tree.left, Selector) and function:
        w.tree = replace(tree, left=Call(function, (replace(tree.left, range=window),)))
        w.changes.append(f"{function} {seconds_as_duration(window)}")
        return
    selectors = [n for n in nodes_of(w.tree) if isinstance(n, Selector)]
    if not function:
        w.left.append(f"over {seconds_as_duration(window)}")
    elif len(selectors) == 1 and not (w.asked.step and isinstance(tree, Aggregation)):
        w.edit(
            lambda n: Call(function, (replace(n, range=window),)) if isinstance(n, Selector) else n,
            f"{function} {seconds_as_duration(window)}",
        )
    else:
        shell.peak = (function, window, w.asked.step or 60.0)
        w.changes.append(f"{function} {seconds_as_duration(window)}")


_PER_SECOND = re.compile(
    r"per second|a second|each second|/ ?s(?:ec)?\b|\bqps\b|\btps\b|\bops\b|\brps\b|\brate\b|每秒|速率|吞吐",
    re.IGNORECASE,
)


def _per_second(w: Work) -> None:
    """How many in the window, or how many a second: the example may show the other."""
    if w.same or not w.asked.windows:
        return
    asked, told = bool(_PER_SECOND.search(w.question)), bool(_PER_SECOND.search(w.told))
    if told and not asked and wants_amount(w.question):
        w.edit(_to_amount, "amount in the window")
    elif asked and not told and wants_amount(w.told):
        w.edit(
            lambda n: replace(n, function="rate") if isinstance(n, Call) and n.function == "increase" else n,
            "per second",
        )


def _to_amount(n: Node) -> Node:
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


def _horizon(w: Work) -> None:
    asked = w.asked.horizon
    ahead = sorted(set(w.asked.windows))
    if (
        asked is None
        and len(ahead) > 1
        and any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree))
    ):
        asked = ahead[-1]
    if asked is None:
        return
    found = w.edit(
        lambda n: (
            replace(n, args=(n.args[0], Number(asked))) if isinstance(n, Call) and n.function == "predict_linear" else n
        ),
        f"in {seconds_as_duration(asked)}",
    )
    levels = [n for n in nodes_of(w.tree) if isinstance(n, Selector)]
    trend = len(levels) == 1 and levels[0].range is None and not w.same and bool(w.asked.windows)
    if trend:
        span = w.asked.windows[0]
        w.edit(
            lambda n: Call("predict_linear", (replace(n, range=span), Number(asked))) if n == levels[0] else n,
            f"in {seconds_as_duration(asked)}",
        )
    elif not found and not any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree)):
        w.left.append(f"in {seconds_as_duration(asked)}")
