"""Units: what a query's result is in, told from metric names and constants, and made what the question asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from text2promql.adapting.shell import Shell, constant, counts_things, wants_count, wants_growth, wants_part
from text2promql.adapting.work import Facts, Work, rated
from text2promql.promql.tree import Aggregation, Binary, Call, Node, Number, Parens, Selector, has_selector, nodes_of
from text2promql.slots import Threshold

__all__ = ["SPEED", "convert", "dimension_of", "unscaled"]

#: How much of a unit one of its dimension's base (second, byte, ratio) is.
_PER_BASE: dict[str, tuple[str, float]] = {
    "s": ("time", 1), "ms": ("time", 1000), "us": ("time", 1e6), "min": ("time", 1 / 60), "h": ("time", 1 / 3600),
    "d": ("time", 1 / 86400), "b": ("size", 1), "kib": ("size", 1 / 1024), "mib": ("size", 1 / 1024**2),
    "gib": ("size", 1 / 1024**3), "tib": ("size", 1 / 1024**4), "kb": ("size", 1e-3), "mb": ("size", 1e-6),
    "gb": ("size", 1e-9), "tb": ("size", 1e-12), "kbit": ("size", 8e-3), "mbit": ("size", 8e-6), "gbit": ("size", 8e-9), "ratio": ("share", 1), "percent": ("share", 100),
    "core": ("cores", 1), "w": ("power", 1), "kw": ("power", 1e-3),
}  # fmt: skip


def convert(w: Work, shell: Shell) -> None:  # noqa: C901  one case a kind of unit
    """Bring the core into the unit asked for, and the limit into the core's unit."""
    core, scale = unscaled(w.tree)
    before = scale
    dimension, base = _known_dimension(w, core, scale)
    wanted = "" if wants_part(w, shell) or wants_growth(w) else w.asked.unit
    if w.asked.thresholds and w.asked.thresholds[0].unit == "percent" and wanted in ("", "ratio"):
        wanted = "percent"
    known = ("cores", 100.0) if dimension == "cores" and wanted == "percent" else _sought(core, wanted)
    if (
        dimension == "share"
        and abs(scale - 1) < 1e-9
        and any(isinstance(n, Number) and n.value == 100 for n in nodes_of(core))
    ):
        known, scale = None, 100.0
    if w.same and dimension == "share" and all(abs(scale - usual) > 1e-9 for usual in (1, 100, 0.01)):
        known = None  # by a constant of its own, such as an error budget
    if known and known[0] == dimension and not (w.taught.unit == wanted and not w.same):
        target = known[1] / base
        if abs(target - scale) > 1e-9 * target:
            w.tree, scale = _scaled(core, target), target
            w.changes.append(f"in {wanted}")
    elif not w.same and not wanted and dimension in ("time", "size") and dimension == _told_in(w)[0]:
        if abs(scale - 1) > 1e-9:
            w.tree, scale = core, 1.0
            w.changes.append("base unit")
    elif not w.same and known and dimension and known[0] != dimension and "cores" not in (known[0], dimension):
        w.left.append(f"in {wanted}")
    if not w.same and wanted not in ("percent", "ratio") and SPEED.search(w.question) and _timeless(core):
        w.left.append("per second")
    _per_minute(w)
    if not _gap(w, shell):
        _limit(w, shell, dimension, base * scale if dimension else scale, scale / (before or 1.0))


SPEED = re.compile(r"\bper second\b|\b[qtr]ps\b|/s(?:ec)?\b|每秒", re.IGNORECASE)


def _timeless(core: Node) -> bool:
    """Whether time falls out: rates divided by rates are a mean or a share, and no speed."""
    if not isinstance(core, Binary) or core.sign != "/":
        return False
    return all(
        any(isinstance(n, Call) and n.function in _AMOUNTS for n in nodes_of(side)) for side in (core.left, core.right)
    )


def _told_in(w: Work) -> tuple[str, float]:
    return _PER_BASE.get(w.taught.unit, ("", 1.0))


def _known_dimension(w: Work, core: Node, scale: float) -> tuple[str, float]:
    """The dimension by name and HELP; else by the unit that the example's question says, or by the example's factor."""
    dimension, base = _dimension(core, w.facts)
    told = _told_in(w)
    if dimension or w.same:
        return dimension, base
    if told[0] in ("time", "size"):
        return told[0], told[1] / scale
    if any(t.unit == "s" for t in w.asked.thresholds) and abs(scale - 1) > 1e-9:
        thousandth = any(abs(scale * by - 1) < 1e-9 for by in (1000, 60_000, 3_600_000, 86_400_000))
        return "time", 1000.0 if thousandth else 1.0  # x / 1000 of an unknown x: milliseconds made seconds
    return dimension, base


_AMOUNTS = {"rate", "irate", "increase", "sum_over_time"}
_COUNTER = re.compile(r"_count(?:_|$)|_total$|requests$|errors$")
_GAP = re.compile(
    r"各?(?:还)?(?:差|少|缺|多)了?(?:几|多少)|\bby how (?:many|much)\b|\bhow (?:far|much|many)\b.{0,24}\b(?:short|missing|below|behind|above|over)\b",
    re.IGNORECASE,
)
_MORE_THAN = re.compile(
    r"\b(?:have|has|had|with|is|are|was|were|whose)\b.{0,24}\b(?:more|less|fewer|\w+er) (?:[a-z]+ )?than (?!(?:an?|one|two|\d|the (?:last|previous))\b)"
    r"|比[^，,。]{1,12}(?:多|少|高|低|大|忙|快|慢)的",
    re.IGNORECASE,
)


def _gap(w: Work, shell: Shell) -> bool:
    """By how much one side is beyond the other: "which are behind, and by how many" where the example lists them."""
    tree = w.tree
    if w.same or not isinstance(tree, Binary) or w.asked.offset is not None or w.asked.thresholds or w.asked.k:
        return False
    if not (has_selector(tree.left) and has_selector(tree.right)):
        return False
    if tree.sign in ("<", "<=", ">", ">=") and _GAP.search(w.question) and not _GAP.search(w.told):
        low, high = (tree.left, tree.right) if tree.sign in ("<", "<=") else (tree.right, tree.left)
        low = Parens(low) if isinstance(low, Binary) and low.sign in ("+", "-") else low
        w.tree = replace(tree, op=tree.op.replace(tree.sign, "-", 1), left=high, right=low)
        shell.limit = (">", 0.0)
        w.changes.append("by how much")
        return True
    if tree.sign in ("/", "-") and _MORE_THAN.search(w.question):
        shell.limit = (shell.limit[0] if shell.limit else ">", 1.0 if tree.sign == "/" else 0.0)
        w.changes.append("more than the other")
        return True
    return False


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


def _limit(w: Work, shell: Shell, dimension: str, per_base: float, rescaled: float) -> None:  # noqa: C901  one case a state of the two limits
    asked, taught = w.asked.thresholds, w.taught.thresholds
    if not asked and w.asked.some and not w.same:
        if shell.limit is None or shell.limit[1] != 0:
            _only_some(w, shell)
        return
    if not asked:
        if (
            shell.limit
            and not w.same
            and (_how_often(w, shell) or _only_told(w, shell.limit) or (taught and shell.limit[1] != 0))
        ):
            shell.limit = None
            w.changes.append("no limit")
        return
    if len(asked) > 1 or len(taught) > 1:
        if not w.same:
            w.left.append("limits")
        return
    limit = asked[0]
    value = _in(limit, dimension, per_base)
    if not w.same and not dimension and shell.limit and len(taught) == 1:
        value = _as_taught(limit, taught[0], shell.limit[1] * rescaled, value)
    if not w.same and _replace_inner(w, taught, limit, value):
        return
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
        if not w.same:
            shell.limit = None
            w.left.append(f"limit {limit.op} {limit.value:g}")
        return
    elif w.same and (shell.limit[0] in ("==", "!=") or _agrees(limit, shell.limit[1])):
        return
    if shell.limit and shell.limit[1] < 0 < value and _FELL.search(w.question):
        value = -value
        limit = Threshold(_TURNED.get(limit.op, limit.op), limit.value, limit.unit)
    shell.limit = (limit.op, value)
    w.changes.append(f"limit {limit.op} {value:g}")


_ROWS = re.compile(
    r"\b(?:which|who|whose|list|any|find|those|how many|number of)\b|\bthat (?:are|have|had|is)\b|哪|有没有|谁|几[个台]|多少[个台]|是否",
    re.IGNORECASE,
)


def _only_told(w: Work, limit: tuple[str, float]) -> bool:
    """A limit that picks those that the example's question asks for, where this one asks for the values of all."""
    if limit[0] not in _TURNED or wants_part(w, Shell(limit=limit)):
        return False
    return bool(_ROWS.search(w.told)) and not _ROWS.search(w.question)


def _how_often(w: Work, shell: Shell) -> bool:
    """Whether an amount is asked for, which the example only shows to be there: "how many messages were lost"."""
    if not shell.limit or shell.limit[1] != 0 or not rated(w.tree) or not wants_count(w.question):
        return False
    labels = {x for n in nodes_of(w.tree) if isinstance(n, Aggregation) for x in n.labels or ()}
    known = {x for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts
             for x in w.facts[n.metric].labels.names}  # fmt: skip
    return not counts_things(w, labels | (known - {"job", "le"}))


def _only_some(w: Work, shell: Shell) -> None:
    """Those that have any; of a ratio, those that have something to be divided by."""
    if w.asked.offset is not None:
        shell.limit = None  # those that had any then: `shell` puts it
        return
    tree = w.tree.right if isinstance(w.tree, Binary) and constant(w.tree.left) is not None else w.tree
    if isinstance(tree, Binary) and tree.sign == "/" and has_selector(tree.left) and has_selector(tree.right):
        shell.limit = None
        whole = tree.right.body if isinstance(tree.right, Parens) else tree.right
        if _plain(whole):
            w.edit(lambda n: replace(n, right=Parens(Binary(">", whole, Number(0)))) if n == tree else n, "only some")
        return
    shell.limit = (">", 0.0)
    w.changes.append("only some")


def _replace_inner(w: Work, taught: tuple[Threshold, ...], limit: Threshold, value: float | None) -> bool:
    """The limit inside of the core, where the example's question has it there: `x > 1 and y == 1`, `> bool 1`."""
    if len(taught) != 1 or value is None:
        return False

    def change(n: Node) -> Node:
        if isinstance(n, Binary) and n.sign in _TURNED and (old := constant(n.right)) and _agrees(taught[0], old):
            scale = old / (taught[0].value or 1.0)
            new = limit.value * scale if limit.unit == taught[0].unit else value
            return replace(n, op=n.op.replace(n.sign, limit.op, 1), right=Number(float(f"{new:.10g}")))
        return n

    return w.edit(change, f"limit {limit.op} {limit.value:g} within")


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


def _as_taught(limit: Threshold, taught: Threshold, number: float, value: float | None) -> float | None:
    """The limit in the unit that the example's query has its own in, where names do not tell the unit."""
    share = 100.0 if limit.unit == "percent" and taught.spoken and taught.value == 0.5 else 1.0  # "过半": > 0.5
    if not number or not taught.value or not _agrees(taught, number) or (limit.unit != taught.unit and share == 1):
        return value
    return float(f"{limit.value / share * number / taught.value:.10g}")


def _plain(tree: Node) -> bool:
    """No comparison of its own in the core."""
    return not any(
        isinstance(n, Binary) and n.sign in (">", "<", ">=", "<=", "==", "!=", "and", "unless", "or")
        for n in nodes_of(tree)
    )


def _in(limit: Threshold, dimension: str, per_base: float) -> float | None:
    """The limit in the core's unit; None where the two have nothing to do with each other."""
    if limit.unit == "percent":
        if dimension in ("size", "time", "power", "count"):
            return None
        return limit.value / 100 * per_base if dimension == "share" else limit.value
    if limit.unit == "s":
        return limit.value * per_base if dimension in ("time", "") else None
    if limit.unit == "bytes":
        return limit.value * per_base if dimension == "size" else limit.value if dimension == "" else None
    if dimension == "share" and limit.value == 0.5 and limit.spoken:
        return 0.5 * per_base  # "more than half"
    if dimension == "share" and not limit.unit and limit.value > max(per_base * 10, 100.0):
        return None  # "more than 5000": no share is
    return limit.value


def unscaled(tree: Node) -> tuple[Node, float]:  # noqa: C901  one case a kind of factor
    """The tree without constant factors at its top, and their product."""
    scale = 1.0
    while True:
        match tree:
            case Parens():
                tree = tree.body
                continue
            case Binary() if tree.sign == "*" and (value := constant(tree.left)) is not None:
                tree, scale = tree.right, scale * value
                continue
            case Binary() if tree.sign == "*" and (value := constant(tree.right)) is not None:
                tree, scale = tree.left, scale * value
                continue
            case Binary() if tree.sign == "/" and (value := constant(tree.right)) is not None:
                if _spans(tree.left, value):
                    return tree, scale  # per second
                tree, scale = tree.left, scale / value
                continue
            case Binary() if tree.sign == "/":
                inner, factor = _factor_of(tree.left)
                if factor != 1:
                    tree, scale = Binary(tree.op, inner, tree.right), scale * factor
                    continue
            case Binary() if _keeps_unit(tree):
                inner, factor = unscaled(tree.left)
                if factor != 1:
                    inner = Parens(inner) if isinstance(inner, Binary) else inner
                    return Binary(tree.op, inner, tree.right), scale * factor
        return tree, scale


def _keeps_unit(tree: Binary) -> bool:
    """Whether the right side only picks series or lends labels."""
    return tree.sign in ("and", "unless") or (tree.sign == "*" and "group_left" in tree.op)


def _spans(node: Node, seconds: float) -> bool:
    """Whether it is over so many seconds: divided by them it is per second."""
    return any(isinstance(n, Selector) and n.range == seconds for n in nodes_of(node))


def _factor_of(node: Node) -> tuple[Node, float]:
    """100 * a / b is (100 * a) / b: the factor of the left side."""
    if isinstance(node, Binary) and node.sign == "*":
        value = constant(node.left)
        if value is not None:
            return node.right, value
    return node, 1.0


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


def dimension_of(core: Node, facts: Mapping[str, Facts]) -> str:
    """time, size, share, power, cores, count, or nothing known."""
    return _dimension(core, facts)[0]


def _dimension(core: Node, facts: Mapping[str, Facts]) -> tuple[str, float]:
    """(time, size, share or nothing known; how much of the base unit's multiple one is).

    The number tells how many of the result's own units make one base unit: 1000 for a metric in milliseconds.
    """
    match core:
        case Parens():
            return _dimension(core.body, facts)
        case Binary() if core.sign == "/" and has_selector(core.left) and has_selector(core.right):
            return _of_ratio(core, facts)
        case Binary() if core.sign == "-" and constant(core.left) == 1:
            return "share", 1.0
        case Binary() if core.sign in ("+", "-", "and", "unless", "or", ">", "<", "=="):
            return _dimension(core.left if has_selector(core.left) else core.right, facts)
        case Binary(right=Number(value=span)) if core.sign == "/" and _spans(core.left, span):
            left = _dimension(core.left, facts)
            return ("share", 1.0) if left == ("time", 1.0) else left  # seconds a second
        case Binary() if core.sign in ("*", "/"):
            return _dimension(core.left if has_selector(core.left) else core.right, facts)
        case Aggregation(op="count"):
            return "count", 1.0
    names = [n.metric for n in nodes_of(core) if isinstance(n, Selector)]
    calls = {n.function for n in nodes_of(core) if isinstance(n, Call)}
    if not names or calls & {"count_over_time", "changes", "resets"}:
        return "", 1.0
    found = _by_name(names[0], calls)
    if not found[0] and "histogram_quantile" in calls and names[0] in facts and _LATENCY.search(names[0]):
        bounds = [float(v) for v in facts[names[0]].labels.values.get("le", ()) if v != "+Inf"]
        return ("time", 1000.0 if min(bounds) >= 1 else 1.0) if bounds else ("", 1.0)  # buckets below 1: seconds
    return found if found[0] or "rate" in calls or names[0] not in facts else _by_help(facts[names[0]])


def _of_ratio(core: Binary, facts: Mapping[str, Facts]) -> tuple[str, float]:
    if _seconds_spent(core.left) and not _seconds_spent(core.right) and _rated(core.right):
        return "time", 1.0
    left, right = _dimension(core.left, facts), _dimension(core.right, facts)
    numbers = ("", "count")
    if left[0] in numbers and right[0] in numbers:
        # A backlog by the speed at which it is worked off is a time.
        return ("time", 1.0) if _rated(core.right) and not _rated(core.left) else ("share", 1.0)
    if left == right or left[0] == "cores":
        return "share", 1.0
    return left if right[0] in numbers else ("", 1.0)


def _seconds_spent(tree: Node) -> bool:
    """Seconds that add up; by the number of those that took them they are the mean time of one."""
    return any(isinstance(n, Selector) and "_seconds" in n.metric for n in nodes_of(tree)) and _rated(tree)


def _rated(tree: Node) -> bool:
    return any(isinstance(n, Call) and n.function in ("rate", "irate", "deriv") for n in nodes_of(tree))


_HELP_UNIT = re.compile(
    r"\bin (?P<u>milliseconds|microseconds|seconds|ms|us|MiB|MB|KiB|GiB|bytes|watts|W)\b|[(](?:in )?(?P<p>ms|s|MiB|MB|KiB|GiB|bytes|W|%)[)]"
    r"|单位[:：]?\s*(?P<z>ms|s|MiB|MB|KiB|GiB|毫秒|秒|瓦|W)",
)
_OF_HELP = {
    "milliseconds": "ms", "microseconds": "us", "seconds": "s", "bytes": "b", "watts": "w", "毫秒": "ms", "秒": "s", "瓦": "w",
    "%": "percent",
}  # fmt: skip


def _by_help(known: Facts) -> tuple[str, float]:
    """What the HELP text says: "Framebuffer memory used (in MiB)"."""
    said = _HELP_UNIT.search(known.help)
    if said:
        unit = next(g for g in said.groups() if g)
        return _PER_BASE.get(_OF_HELP.get(unit, unit.lower()), ("", 1.0))
    return "", 1.0


_LATENCY = re.compile(r"latency|duration|time", re.IGNORECASE)
_SIZE = re.compile(r"_size(?:_sum|_total)?$")
_RATIO = re.compile(r"[_:]ratio(?:$|_rate\d)")
_NUMBER = re.compile(r"pool|queue|cluster|batch|thread|backlog")


def _by_name(name: str, calls: set[str]) -> tuple[str, float]:
    if name.endswith("_count") or (name.endswith("_bucket") and "histogram_quantile" not in calls):
        return "count", 1.0
    if re.search(r"_(?:milliseconds|ms)(?:_|$)|timems$|millis", name):
        return "time", 1000.0
    if re.search(r"_(?:usec|microseconds|us)(?:_|$)", name):
        return "time", 1e6
    if "_seconds" in name or name.endswith("_timestamp"):
        # The rate of busy seconds is a number of cores or a share of the time.
        return (
            ("cores" if "cpu" in name else "", 1.0)
            if "rate" in calls and "histogram_quantile" not in calls and name.endswith("_total")
            else ("time", 1.0)
        )
    if "bytes" in name or (_SIZE.search(name) and not _NUMBER.search(name)):
        return "size", 1.0
    if _RATIO.search(name):
        return "share", 1.0
    if calls & _AMOUNTS and _COUNTER.search(name):
        return "count", 1.0
    return "", 1.0
