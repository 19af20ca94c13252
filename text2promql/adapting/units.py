"""Units: what a query's result is in, told from metric names and constants, and made what the question asks for."""

from __future__ import annotations

import re
from dataclasses import replace

from text2promql.adapting.shell import Shell
from text2promql.adapting.work import Work, has_selector
from text2promql.promql.tree import Aggregation, Binary, Call, Node, Number, Parens, Selector, nodes_of
from text2promql.slots import Threshold

__all__ = ["convert", "unscaled"]

#: How much of a unit one of its dimension's base (second, byte, ratio) is.
_PER_BASE: dict[str, tuple[str, float]] = {
    "s": ("time", 1), "ms": ("time", 1000), "us": ("time", 1e6), "min": ("time", 1 / 60), "h": ("time", 1 / 3600),
    "d": ("time", 1 / 86400), "b": ("size", 1), "kib": ("size", 1 / 1024), "mib": ("size", 1 / 1024**2),
    "gib": ("size", 1 / 1024**3), "tib": ("size", 1 / 1024**4), "kb": ("size", 1e-3), "mb": ("size", 1e-6),
    "gb": ("size", 1e-9), "tb": ("size", 1e-12), "kbit": ("size", 8e-3), "mbit": ("size", 8e-6), "gbit": ("size", 8e-9), "ratio": ("share", 1), "percent": ("share", 100),
}  # fmt: skip


def convert(w: Work, shell: Shell) -> None:
    """Bring the core into the unit asked for, and the limit into the core's unit."""
    core, scale = unscaled(w.tree)
    dimension, base = _dimension(core)
    wanted = w.asked.unit
    told = _PER_BASE.get(w.taught.unit, ("", 1.0))
    if not dimension and told[0] in ("time", "size") and not w.same:
        dimension, base = told[0], told[1] / scale  # the name does not say it, the example's question does
    if w.asked.thresholds and w.asked.thresholds[0].unit == "percent" and wanted in ("", "ratio"):
        wanted = "percent"
    known = _sought(core, wanted)
    if (
        dimension == "share"
        and abs(scale - 1) < 1e-9
        and any(isinstance(n, Number) and n.value == 100 for n in nodes_of(core))
    ):
        known, scale = None, 100.0
    if known and known[0] == dimension and not (w.taught.unit == wanted and not w.same):
        target = known[1] / base
        if abs(target - scale) > 1e-9 * target:
            w.tree, scale = _scaled(core, target), target
            w.changes.append(f"in {wanted}")
    elif (
        not wanted
        and not w.same
        and _PER_BASE.get(w.taught.unit, ("",))[0] in ("time", "size")
        and dimension == _PER_BASE[w.taught.unit][0]
    ):
        if abs(scale - 1) > 1e-9:
            w.tree, scale = core, 1.0
            w.changes.append("base unit")
    _per_minute(w)
    _limit(w, shell, dimension, base * scale if dimension else scale)


def _sought(core: Node, wanted: str) -> tuple[str, float] | None:
    """(dimension, units per base) of the unit asked for, where the core can be in it."""
    known = _PER_BASE.get(wanted)
    if any(isinstance(n, Selector) and any(m[0] == "le" for m in n.matchers) for n in nodes_of(core)):
        return known if known and known[0] == "share" else None  # "answered within 250 ms" asks for no milliseconds
    if any(isinstance(n, Call) and n.function == "deriv" for n in nodes_of(core)):
        return None  # the slope of a size has a time in it
    return known


def _per_minute(w: Work) -> None:
    """A rate per minute where the example's is per second; an amount becomes a rate first."""
    if not w.asked.per_minute or w.same:
        return
    if len(w.asked.windows) == 1:
        w.edit(
            lambda n: replace(n, function="rate") if isinstance(n, Call) and n.function == "increase" else n, "a rate"
        )
    rated = any(isinstance(n, Call) and n.function in ("rate", "irate") for n in nodes_of(w.tree))
    divided = any(isinstance(n, Binary) and has_selector(n.right) for n in nodes_of(w.tree))
    if rated and not divided and not w.taught.per_minute:
        w.tree = _scaled(w.tree, 60)
        w.changes.append("per minute")


def _limit(w: Work, shell: Shell, dimension: str, per_base: float) -> None:  # noqa: C901  one case a state of the two limits
    asked, taught = w.asked.thresholds, w.taught.thresholds
    if not asked:
        if shell.limit and taught and shell.limit[1] != 0 and not w.same:
            shell.limit = None
            w.changes.append("no limit")
        return
    if len(asked) > 1 or len(taught) > 1:
        if not w.same:
            w.left.append("limits")
        return
    limit = asked[0]
    value = _in(limit, dimension, per_base)
    if (
        limit.spoken
        and limit.value == 0.5
        and taught
        and taught[0].unit == "percent"
        and shell.limit
        and shell.limit[1] > 1
    ):
        value = 50.0  # "more than half", of what the metric itself gives in percent
    if shell.limit is None:
        if any(isinstance(n, Selector) and any(m[0] == "le" for m in n.matchers) for n in nodes_of(w.tree)):
            return
        if value is None:
            w.left.append(f"limit {limit.op} {limit.value:g}")
            return
        if w.same and not _plain(w.tree):
            return
    elif value is None:
        return
    elif w.same and (shell.limit[0] in ("==", "!=") or _agrees(limit, shell.limit[1])):
        return
    if shell.limit and shell.limit[1] < 0 < value and _FELL.search(w.question):
        value = -value
        limit = Threshold(_TURNED.get(limit.op, limit.op), limit.value, limit.unit)
    shell.limit = (limit.op, value)
    w.changes.append(f"limit {limit.op} {value:g}")


_FELL = re.compile(r"fell|fall|drop|declin|decreas|lost|down|跌|降|减少|下滑|掉", re.IGNORECASE)
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def _agrees(limit: Threshold, number: float) -> bool:
    """Whether a query's limit is the one that was said, in whatever unit: a model's own conversion stays."""
    if not number or not limit.value:
        return True
    ratio = abs(number / limit.value)
    return any(
        abs(ratio * by - 1) < 1e-6 or abs(ratio / by - 1) < 1e-6
        for by in (1, 60, 100, 1000, 3600, 86400, 1e6, 1e9, 1024, 1024**2, 1024**3)
    )


def _plain(tree: Node) -> bool:
    """No comparison of its own in the core."""
    return not any(
        isinstance(n, Binary) and n.sign in (">", "<", ">=", "<=", "==", "!=", "and", "unless", "or")
        for n in nodes_of(tree)
    )


def _in(limit: Threshold, dimension: str, per_base: float) -> float | None:
    """The limit in the core's unit; None where the two have nothing to do with each other."""
    if limit.unit == "percent":
        return limit.value / 100 * per_base if dimension == "share" else limit.value
    if limit.unit == "s":
        return limit.value * per_base if dimension in ("time", "") else None
    if limit.unit == "bytes":
        return limit.value * per_base if dimension == "size" else limit.value if dimension == "" else None
    if dimension == "share" and limit.value == 0.5 and limit.spoken:
        return 0.5 * per_base  # "more than half"
    return limit.value


def unscaled(tree: Node) -> tuple[Node, float]:
    """The tree without constant factors at its top, and their product."""
    scale = 1.0
    while True:
        match tree:
            case Parens():
                tree = tree.body
                continue
            case Binary() if tree.sign == "*" and (value := _constant(tree.left)) is not None:
                tree, scale = tree.right, scale * value
                continue
            case Binary() if tree.sign == "*" and (value := _constant(tree.right)) is not None:
                tree, scale = tree.left, scale * value
                continue
            case Binary() if tree.sign == "/" and (value := _constant(tree.right)) is not None:
                if any(isinstance(n, Selector) and n.range == value for n in nodes_of(tree.left)):
                    return tree, scale  # per second
                tree, scale = tree.left, scale / value
                continue
            case Binary() if tree.sign == "/":
                inner, factor = _factor_of(tree.left)
                if factor != 1:
                    tree, scale = Binary(tree.op, inner, tree.right), scale * factor
                    continue
        return tree, scale


def _factor_of(node: Node) -> tuple[Node, float]:
    """100 * a / b is (100 * a) / b: the factor of the left side."""
    if isinstance(node, Binary) and node.sign == "*":
        value = _constant(node.left)
        if value is not None:
            return node.right, value
    return node, 1.0


def _constant(node: Node) -> float | None:
    match node:
        case Number():
            return node.value
        case Parens():
            return _constant(node.body)
        case Binary():
            left, right = _constant(node.left), _constant(node.right)
            if left is None or right is None:
                return None
            match node.sign:
                case "^":
                    return float(left**right)
                case "*":
                    return left * right
                case "/":
                    return left / right
    return None


def _scaled(core: Node, scale: float) -> Node:
    if abs(scale - 1) < 1e-12:
        return core
    inner = Parens(core) if isinstance(core, Binary) and core.sign not in ("/", "*") else core
    for power in (1, 2, 3, 4):
        if abs(scale * 1024**power - 1) < 1e-9:
            by: Node = Number(1024) if power == 1 else Binary("^", Number(1024), Number(power))
            return Binary("/", inner, by)
    if scale < 1:
        return Binary("/", inner, Number(float(f"{1 / scale:.10g}")))
    return Binary("*", Number(float(f"{scale:.10g}")), inner)


def _dimension(core: Node) -> tuple[str, float]:
    """(time, size, share or nothing known; how much of the base unit's multiple one is).

    The number tells how many of the result's own units make one base unit: 1000 for a metric in milliseconds.
    """
    match core:
        case Parens():
            return _dimension(core.body)
        case Binary() if core.sign == "/" and has_selector(core.left) and has_selector(core.right):
            left, right = _dimension(core.left), _dimension(core.right)
            if left == right and left[0]:
                return "share", 1.0
            if not right[0]:
                return left if left[0] else ("share", 1.0)
            return "", 1.0
        case Binary() if core.sign == "-" and _constant(core.left) == 1:
            return "share", 1.0
        case Binary() if core.sign in ("+", "-", "and", "unless", "or", ">", "<", "=="):
            return _dimension(core.left if has_selector(core.left) else core.right)
        case Binary() if core.sign in ("*", "/"):
            return _dimension(core.left if has_selector(core.left) else core.right)
        case Aggregation(op="count"):
            return "", 1.0
    names = [n.metric for n in nodes_of(core) if isinstance(n, Selector)]
    calls = {n.function for n in nodes_of(core) if isinstance(n, Call)}
    if not names or calls & {"count_over_time", "changes", "resets"}:
        return "", 1.0
    return _by_name(names[0], calls)


_SIZE = re.compile(r"_size(?:_sum|_total)?$")
_NUMBER = re.compile(r"pool|queue|cluster|batch|thread|backlog")


def _by_name(name: str, calls: set[str]) -> tuple[str, float]:
    if name.endswith("_count"):
        return "", 1.0
    if re.search(r"_(?:milliseconds|ms)(?:_|$)|timems$|millis", name):
        return "time", 1000.0
    if re.search(r"_(?:usec|microseconds|us)(?:_|$)", name):
        return "time", 1e6
    if "_seconds" in name or name.endswith("_timestamp"):
        # The rate of busy seconds is a number of cores or a share of the time.
        return (
            ("", 1.0)
            if "rate" in calls and "histogram_quantile" not in calls and name.endswith("_total")
            else ("time", 1.0)
        )
    if "bytes" in name or (_SIZE.search(name) and not _NUMBER.search(name)):
        return "size", 1.0
    if name.endswith("_ratio"):
        return "share", 1.0
    return "", 1.0
