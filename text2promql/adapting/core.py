"""The core of a query: its quantile, windows, and what is measured of whom (`filters`, `groups`, `shares`)."""

from __future__ import annotations

import re
from dataclasses import replace

from text2promql.adapting.amounts import put_speed
from text2promql.adapting.filters import named_of, put_filters, stem
from text2promql.adapting.groups import put_groups, put_mean, put_number
from text2promql.adapting.shares import put_share, put_sides
from text2promql.adapting.shell import Shell, slower_than, wants_peak
from text2promql.adapting.units import unscaled
from text2promql.adapting.work import Work, has_joins, ranked, rated
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Parens,
    Selector,
    nodes_of,
    rewrite,
)
from text2promql.slots import seconds_as_duration

__all__ = ["edit_core"]

DEFAULT_WINDOW = 300.0


def edit_core(w: Work, shell: Shell) -> None:
    _beyond(w)
    _mean_or_quantile(w)
    _quantile(w)
    _calm(w)
    _windows(w, shell)
    put_speed(w)
    _horizon(w)
    _bound(w)
    put_filters(w)
    put_groups(w, shell)
    put_mean(w, shell)
    put_number(w)
    put_sides(w)
    put_share(w, shell)
    _between(w, shell)


_NUMBER = re.compile(r"\d*\.?\d+")
_MEAN = re.compile(r"\baverage\b|\bmean\b|\bavg\b|平均|均值", re.IGNORECASE)


def _mean_or_quantile(w: Work) -> None:
    """A quantile of a histogram whose mean the example tells, and the other way round."""
    if w.same:
        return
    core, _ = unscaled(w.tree.body if ranked(w.tree) and isinstance(w.tree, Aggregation) else w.tree)
    if w.asked.quantile is not None and w.taught.quantile is None:
        w.edit(lambda n: _quantile_of(w, n) if n == core else n, "quantile of the histogram")
    elif w.asked.quantile is None and w.taught.quantile is not None and _MEAN.search(w.question):
        w.edit(lambda n: _mean_of(w, n), "mean of the histogram")


def _quantile_of(w: Work, n: Node) -> Node:
    if not (isinstance(n, Binary) and n.sign == "/"):
        return n
    sides = [[x for x in nodes_of(side) if isinstance(x, Selector)] for side in (n.left, n.right)]
    if len(sides[0]) != 1 or len(sides[1]) != 1 or not isinstance(n.left, Aggregation) or n.left.op != "sum":
        return n
    upper, lower = sides[0][0], sides[1][0]
    known = w.facts.get(upper.metric)
    if not upper.metric.endswith("_sum") or lower.metric != stem(upper.metric) + "_count" or known is None:
        return n
    if known.type != "histogram":
        return n  # a summary has no buckets
    buckets = replace(upper, metric=stem(upper.metric) + "_bucket")
    w.facts = {**w.facts, buckets.metric: known}
    body = rewrite(n.left.body, lambda x: buckets if x == upper else x)
    rated = rewrite(body, lambda x: replace(x, function="rate") if isinstance(x, Call) else x)
    grouped = Aggregation("sum", rated, ("le", *(n.left.labels or ())))
    return Call("histogram_quantile", (Number(w.asked.quantile or 0.5), grouped))


def _mean_of(w: Work, n: Node) -> Node:
    match n:
        case Call(function="histogram_quantile", args=(_, Aggregation(op="sum", body=Call()) as grouped)):
            labels = tuple(x for x in grouped.labels or () if x != "le") or None
            metrics = [x.metric for x in nodes_of(grouped) if isinstance(x, Selector) and x.metric in w.facts]
            known = {stem(m) + part: w.facts[m] for m in metrics for part in ("_sum", "_count")}
            w.facts = {**w.facts, **known}

            def of(part: str) -> Node:
                body = rewrite(grouped.body, lambda x: _part_of(x, part))
                return Aggregation("sum", body, labels)

            return Binary("/", of("_sum"), of("_count"))
    return n


def _part_of(n: Node, part: str) -> Node:
    return replace(n, metric=stem(n.metric) + part) if isinstance(n, Selector) else n


_DIFFERENCE = re.compile(
    r"\bby how (?:much|many)\b.{0,80}\bthan\b|\bhow (?:much|many)\b.{0,40}\b(?:more|less|fewer|longer|higher|lower|slower|faster|bigger)\b.{0,60}\bthan\b"
    r"|\b(?:difference|gap) between\b|比.{1,30}(?:多|少|高|低|长|短|慢|快|大|小)(?:了|出)?(?:几|多少)|相差|差多少|差了?几",
    re.IGNORECASE,
)
_EXTREMES = re.compile(
    r"\bbetween the (?:\w+est|most \w+)\b.{0,40}\band the (?:\w+est|least \w+|most \w+)\b|\bthe (?:\w+est|most \w+)\b.{0,60}\bthan the (?:\w+est|least \w+)\b"
    r"|最[^，,。的]{1,2}的[^，,。]{0,10}[比和跟与]最[^，,。的]{1,2}的",
    re.IGNORECASE,
)


def _between(w: Work, shell: Shell) -> None:
    """One number for how far two things are apart: the two that are named, or the first and the last of all."""
    if w.same or w.asked.offset is not None or w.asked.k is not None or has_joins(w.tree):
        return
    if _EXTREMES.search(w.question):
        core = Parens(w.tree) if isinstance(w.tree, Binary) and w.tree.sign in ("and", "or", "unless") else w.tree
        w.tree = Binary("-", Aggregation("max", core), Aggregation("min", core))
        w.changes.append("between the extremes")
        return
    if not _DIFFERENCE.search(w.question):
        return
    core, scale = unscaled(w.tree)
    selectors = [n for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts]
    if len(selectors) != 1 or isinstance(core, Binary):
        return
    two = [x for x in named_of(w, w.question, selectors[0]).values() if len(x.values) == 2 == len(x.words)]
    if len(two) != 1:
        return
    low = w.question.lower()
    order = sorted(zip(two[0].words, two[0].values, strict=True), key=lambda x: low.find(x[0].lower()))

    def of(value: str) -> Node:
        matcher = (two[0].label, "=", value)
        one = rewrite(core, lambda n: _matched(n, matcher) if isinstance(n, Selector) else n)
        return replace(one, labels=None) if isinstance(one, Aggregation) else Aggregation("sum", one)

    difference: Node = Binary("-", of(order[0][1]), of(order[1][1]))
    w.tree = difference if scale == 1 else Binary("*", Number(scale), Parens(difference))
    w.changes.append("between the two")


def _matched(n: Selector, matcher: tuple[str, str, str]) -> Selector:
    return replace(n, matchers=(*(m for m in n.matchers if m[0] != matcher[0]), matcher))


def _quantile(w: Work) -> None:
    asked = w.asked.quantile
    if asked is None or len(_quantiles(w.tree)) > 1:  # how many times the median the p99 is: it stays as it is
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
    if not found and not w.same:
        found = _quantile_over_time(w, asked)
    if not found:
        w.left.append(f"quantile {asked:g}")


def _quantiles(tree: Node) -> set[str]:
    """The quantiles that a query takes."""
    out = set()
    for n in nodes_of(tree):
        match n:
            case Call(function="histogram_quantile", args=(Number(value=value), *_)):
                out.add(f"{value:g}")
            case Selector(matchers=matchers):
                out.update(f"{float(v):g}" for a, _, v in matchers if a == "quantile" and _NUMBER.fullmatch(v))
    return out


def _quantile_over_time(w: Work, asked: float) -> bool:
    """The quantile of a level over a time, where the example has its mean, its peak or the level now."""

    def change(n: Node) -> Node:
        match n:
            case Call(function=name, args=(Selector() as level,)) if name in _OVER_TIME:
                return Call("quantile_over_time", (Number(asked), level))
            case Call(function="quantile_over_time", args=(_, level)):
                return Call("quantile_over_time", (Number(asked), level))
        return n

    if w.edit(change, f"quantile {asked:g} over time"):
        return True
    core, _ = unscaled(w.tree)
    if len(w.asked.windows) != 1 or not isinstance(core, Selector) or core.range or core.metric not in w.facts:
        return False
    if w.facts[core.metric].type != "gauge":
        return False
    level = Call("quantile_over_time", (Number(asked), replace(core, range=w.asked.windows[0])))
    return w.edit(lambda n: level if n == core else n, f"quantile {asked:g} over time")


_OVER_TIME = ("max_over_time", "min_over_time", "avg_over_time")


def _function_over_time(w: Work, shell: Shell, asked: str, told: str) -> None:
    """The mean, peak or low that the question asks for where the example has another."""
    if not asked or w.same or w.asked.quantile is not None or (asked == "avg_over_time" and not told):
        return
    if shell.peak is not None and shell.peak[0] in _OVER_TIME and shell.peak[0] != asked:
        # The mean of a rate over a time is the rate over that time.
        mean_of_rate = asked == "avg_over_time" and rated(w.tree) and not w.asked.step
        shell.peak = None if mean_of_rate else (asked, *shell.peak[1:])

    def change(n: Node) -> Node:
        match n:
            case Call(function=name, args=(Selector() as level,)) if name in _OVER_TIME and name != asked:
                return Call(asked, (level,))
            case Call(function="quantile_over_time", args=(_, Selector() as level)):
                return Call(asked, (level,))
        return n

    w.edit(change, asked)


def _windows(w: Work, shell: Shell) -> None:  # noqa: C901  a decision for each shape of query
    asked = _spans(w)
    ranges = sorted({n.range for n in nodes_of(w.tree) if isinstance(n, Selector) and n.range})
    function, told = wants_peak(w.question, w.asked), wants_peak(w.told, w.taught)
    _function_over_time(w, shell, function, told)
    if shell.peak is not None:
        if not asked or (not function and told and not w.same):
            if not w.same and told:
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
    if w.same or w.asked.windows or not w.taught.windows or wants_peak(w.question, w.asked):
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
    """The windows asked for; without the distance that a forecast looks ahead, bounds of a histogram, and steps."""
    asked = sorted(set(w.asked.windows))
    if w.asked.bound is not None:
        asked = [a for a in asked if a != w.asked.bound]
    if len(asked) > 1:
        asked = [a for a in asked if a != w.asked.step]
    if (
        any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree))
        and w.asked.horizon is None
    ):
        return asked[:1] if len(asked) > 1 else []
    return asked


def _bucket(w: Work, metric: str, seconds: float) -> str:
    """The bucket of a histogram that ends at the bound; empty if it has none."""
    scale = 1000.0 if re.search(r"_ms_|_milliseconds_|latency_bucket$", metric) else 1.0
    bounds = [v for v in w.facts[metric].labels.values.get("le", []) if v != "+Inf"]
    return next((v for v in bounds if abs(float(v) - seconds * scale) < 1e-9), "")


def _beyond(w: Work) -> None:
    """The share of requests that take longer than a bound is what the bucket leaves out; or what it holds, of others."""
    if w.same or w.asked.unit not in ("percent", "ratio") or w.asked.quantile is not None:
        return
    slow = slower_than(w.question, w.asked)
    bound = slow if slow is not None else w.asked.bound
    core, scale = unscaled(w.tree)
    body = core.body if isinstance(core, Parens) else core
    if isinstance(body, Binary) and body.sign == "-" and body.left == Number(1):
        body = body.right
    share = _of_quantile(w, body, bound) if bound is not None else body
    held = [
        m for n in nodes_of(share) if isinstance(n, Selector) for m in n.matchers if m[0] == "le" and m[2] != "+Inf"
    ]
    if bound is None or not held or not isinstance(share, Binary):
        return
    w.tree = share if slow is None else Parens(Binary("-", Number(1), share))
    w.tree = w.tree if scale == 1 or share != body else Binary("*", Number(scale), w.tree)
    w.taught = w.taught if share == body else replace(w.taught, unit="", quantile=None)
    w.asked = replace(w.asked, bound=bound, thresholds=() if slow is not None else w.asked.thresholds)


def _of_quantile(w: Work, n: Node, bound: float) -> Node:
    """The share within a bound, of the histogram whose quantile the example tells."""
    match n:
        case Call(function="histogram_quantile", args=(_, Aggregation(op="sum", body=Call()) as grouped)):
            selectors = [x for x in nodes_of(grouped) if isinstance(x, Selector) and x.metric in w.facts]
            le = _bucket(w, selectors[0].metric, bound) if len(selectors) == 1 else ""
            if not le:
                return n
            known = w.facts[selectors[0].metric]
            w.facts = {**w.facts, stem(selectors[0].metric) + "_count": known}
            labels = tuple(x for x in grouped.labels or () if x != "le") or None
            within = rewrite(grouped.body, lambda x: _matched(x, ("le", "=", le)) if isinstance(x, Selector) else x)
            every = rewrite(grouped.body, lambda x: _part_of(x, "_count"))
            return Binary("/", Aggregation("sum", within, labels), Aggregation("sum", every, labels))
    return n


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
        same = _bucket(w, n.metric, asked)
        if not same:
            return n
        return replace(n, matchers=tuple((a, o, same if a == "le" else v) for a, o, v in n.matchers))

    placed = w.edit(change, f"within {asked:g} s") or w.same or w.asked.thresholds
    if not placed and not any(m[0] == "le" for n in nodes_of(w.tree) if isinstance(n, Selector) for m in n.matchers):
        w.left.append(f"within {asked:g} s")


def _peak_of_rate(w: Work, asked: list[float], function: str) -> bool:
    """The peak of a rate within a longer time, said by two windows, a step, or a peak where the example has none."""
    if not function or function == "avg_over_time" or not rated(w.tree):
        return False
    over_time = any(isinstance(n, Call) and n.function == function for n in nodes_of(w.tree))
    amount = any(isinstance(n, Call) and n.function in ("increase", "changes", "delta") for n in nodes_of(w.tree))
    if over_time or (amount and len(asked) < 2 and not w.asked.step):
        return False
    return (
        len(asked) > 1
        or w.asked.step is not None
        or (asked[-1] >= 1800 and not wants_peak(w.told, w.taught) and not w.same)
    )


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
    tree = w.tree
    if isinstance(tree, Binary) and tree.sign in ("and", "unless") and isinstance(tree.left, Selector) and function:
        w.tree = replace(tree, left=Call(function, (replace(tree.left, range=window),)))
        w.changes.append(f"{function} {seconds_as_duration(window)}")
        return
    selectors = [n for n in nodes_of(w.tree) if isinstance(n, Selector)]
    if not function:
        w.left.append(f"over {seconds_as_duration(window)}")
    elif len(selectors) == 1 and not (_adds_up(tree) and (w.asked.step or function != "avg_over_time")):
        w.edit(
            lambda n: Call(function, (replace(n, range=window),)) if isinstance(n, Selector) else n,
            f"{function} {seconds_as_duration(window)}",
        )
    else:
        shell.peak = (function, window, w.asked.step or 60.0)
        w.changes.append(f"{function} {seconds_as_duration(window)}")


def _adds_up(tree: Node) -> bool:
    """The peak of a sum is not the sum of the peaks."""
    core, _ = unscaled(tree)
    return isinstance(core, Aggregation) and core.op in ("sum", "avg", "count")


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
