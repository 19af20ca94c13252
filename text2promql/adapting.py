"""Adapting: a known query with the slots of another question put in, by editing its tree.

    example   top 10 applications by average response time over 5 minutes   ->  topk(10, ...[5m]...)
    question  3 slowest applications, last half hour, order-service only     ->  topk(3, ...{service=...}[30m]...)

What the example's own question said is taken out where the new one does not say it; what the new one says is
put in where the tree has a place for it. Whatever finds no place is told in `left`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from text2promql.catalog import Labels
from text2promql.linking import Named, asked_groups, values_in
from text2promql.promql import parse
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Parens,
    Selector,
    Subquery,
    grow,
    nodes_of,
    rewrite,
)
from text2promql.slots import Slots, Threshold, seconds_as_duration

__all__ = ["Adapted", "Facts", "adapt", "enforce"]

DEFAULT_WINDOW = 300.0
_COMPARING = (">", "<", ">=", "<=", "==", "!=")
_COUNTING = ("rate", "irate", "increase", "sum_over_time", "delta", "changes", "count_over_time")


@dataclass(frozen=True)
class Facts:
    """What is known of a metric: its type and its labels with their values."""

    type: str
    labels: Labels


@dataclass
class Adapted:
    promql: str
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Slots of the question that the query has no place for."""


@dataclass
class _Work:
    tree: Node
    facts: Mapping[str, Facts]
    question: str
    asked: Slots
    taught: Slots
    told: str
    """The example's own question."""
    ordinary: frozenset[str]
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def edit(self, change: Callable[[Node], Node], what: str) -> bool:
        new = rewrite(self.tree, change)
        if new == self.tree:
            return False
        self.tree = new
        self.changes.append(what)
        return True


def adapt(
    query: str,
    told: str,
    taught: Slots,
    question: str,
    asked: Slots,
    facts: Mapping[str, Facts],
    ordinary: frozenset[str] = frozenset(),
) -> Adapted:
    """The example's query, whose question was `told`, for another question. Raises BadQuery."""
    work = _Work(grow(parse(query)), facts, question, asked, taught, told, ordinary)
    for step in (_quantile, _windows, _filters, _groups, _threshold, _offset, _rank, _count, _units):
        step(work)
    return Adapted(str(work.tree), work.changes, work.left)


def enforce(
    query: str, question: str, asked: Slots, facts: Mapping[str, Facts], ordinary: frozenset[str] = frozenset()
) -> Adapted:
    """A model's query with what the question surely says put in where it is missing. Raises BadQuery."""
    return adapt(query, question, asked, question, asked, facts, ordinary)


# Each step below edits one slot.


def _quantile(w: _Work) -> None:
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


_PEAK = re.compile(
    r"\bmax(?:imum)?\b|\bpeak(?:ed|s)?\b|\bhighest\b|\bmost ever\b|最高|峰值|最大|顶峰|最多时", re.IGNORECASE
)
_LOW = re.compile(r"\bmin(?:imum)?\b|\blowest\b|\bsmallest\b|最低|最小|谷值", re.IGNORECASE)
_MEAN = re.compile(r"\baverage\b|\bmean\b|\bavg\b|\bon average\b|平均|均值", re.IGNORECASE)


def _windows(w: _Work) -> None:
    asked = sorted(set(w.asked.windows))
    selectors = [n for n in nodes_of(w.tree) if isinstance(n, Selector)]
    ranges = sorted({n.range for n in selectors if n.range})
    subqueries = [n for n in nodes_of(w.tree) if isinstance(n, Subquery)]
    if not asked:
        said = set(w.taught.windows)
        if said and not subqueries and len(ranges) == 1 and ranges[0] in said and _rated(w.tree):
            _set_range(w, ranges[0], DEFAULT_WINDOW)
        return
    if subqueries:
        outer = asked[-1]
        w.edit(
            lambda n: replace(n, range=outer) if isinstance(n, Subquery) else n, f"over {seconds_as_duration(outer)}"
        )
        if len(asked) > 1 and len(ranges) == 1:
            _set_range(w, ranges[0], asked[0])
    elif len(ranges) == 1:
        _set_range(w, ranges[0], asked[-1])
    elif len(ranges) > 1:
        if set(asked) != set(ranges):
            spoken = [r for r in ranges if r in w.taught.windows]
            if len(spoken) == 1 and len(asked) == 1:
                _set_range(w, spoken[0], asked[0])
            else:
                w.left.append("windows")
    else:
        _over_time(w, asked[-1], selectors)


def _rated(tree: Node) -> bool:
    return any(isinstance(n, Call) and n.function in _COUNTING for n in nodes_of(tree))


def _set_range(w: _Work, old: float, new: float) -> None:
    def change(n: Node) -> Node:
        if isinstance(n, Selector) and n.range == old:
            return replace(n, range=new)
        # An amount per second: sum_over_time(x[1m]) / 60.
        if isinstance(n, Binary) and n.sign in ("/", "*") and n.right == Number(old) and _amounts(n.left):
            return replace(n, right=Number(new))
        return n

    if old != new:
        w.edit(change, f"window {seconds_as_duration(new)}")


def _amounts(node: Node) -> bool:
    return any(isinstance(n, Call) and n.function in ("sum_over_time", "increase", "delta") for n in nodes_of(node))


def _over_time(w: _Work, window: float, selectors: list[Selector]) -> None:
    """A level over a time: its mean, peak or low, in the place of the level now."""
    functions = [
        name
        for name, pattern in (("max_over_time", _PEAK), ("min_over_time", _LOW), ("avg_over_time", _MEAN))
        if pattern.search(w.question)
    ]
    metrics = {s.metric for s in selectors}
    if len(functions) != 1 or len(metrics) != 1 or len(selectors) != 1:
        w.left.append(f"over {seconds_as_duration(window)}")
        return

    def change(n: Node) -> Node:
        if isinstance(n, Selector):
            return Call(functions[0], (replace(n, range=window),))
        return n

    w.edit(change, f"{functions[0]} {seconds_as_duration(window)}")


def _named_in(w: _Work, text: str, metric: str) -> dict[str, Named]:
    return {n.label: n for n in values_in(text, w.facts[metric].labels, w.ordinary)}


def _filters(w: _Work) -> None:
    """Values that the question names become matchers; those that only the example's question named go."""
    placed: set[str] = set()
    wanted: set[str] = set()

    def change(n: Node) -> Node:
        if not isinstance(n, Selector) or n.metric not in w.facts:
            return n
        asked, told = _named_in(w, w.question, n.metric), _named_in(w, w.told, n.metric)
        wanted.update(word for named in asked.values() for word in named.words)
        matchers = []
        for label, op, value in n.matchers:
            own = set(value.split("|")) if op in ("=~", "=") else set()
            if label in asked and op in ("=", "=~"):
                placed.update(asked[label].words)
                if own >= set(asked[label].values) and label in told and own <= set(told[label].values):
                    matchers.append((label, op, value))
                else:
                    matchers.append(_matcher(asked[label]))
            elif label in told and op in ("=", "=~") and own and own <= set(told[label].values):
                continue  # only the example's question named it
            else:
                matchers.append((label, op, value))
                if label in asked:
                    placed.update(asked[label].words)
        have = {label for label, _, _ in matchers}
        already = {v for _, _, v in matchers}
        for label, named in asked.items():
            if label not in have and not set(named.values) <= already:
                matchers.append(_matcher(named))
            placed.update(named.words)
        return replace(n, matchers=tuple(matchers))

    w.edit(change, "filters")
    w.left += [f"filter {word}" for word in sorted(wanted - placed)]


def _matcher(named: Named) -> tuple[str, str, str]:
    if len(named.values) == 1:
        return named.label, "=", named.values[0]
    return named.label, "=~", "|".join(named.values)


def _groups(w: _Work) -> None:
    """Grouping labels that the question asks for in so many words."""
    inner = [
        n for n in nodes_of(w.tree) if isinstance(n, Aggregation) and n.op not in ("topk", "bottomk", "count_values")
    ]
    if not inner:
        return
    metrics = [n.metric for n in nodes_of(inner[0]) if isinstance(n, Selector) and n.metric in w.facts]
    if not metrics:
        return
    known = [x for x in w.facts[metrics[0]].labels.names if all(x in w.facts[m].labels.names for m in metrics)]
    asked, told = asked_groups(w.question, known), asked_groups(w.told, known)
    if not asked or asked == told or w.question == w.told:
        return
    levels = {frozenset(n.labels or ()) - {"le"} for n in inner}
    if len(levels) != 1 or any(n.without for n in inner):
        return
    current = next(iter(levels))
    # One word may mean several labels ("instance" and "node" for 节点): those the query has already are right.
    if current & set(asked):
        return
    joins = any(isinstance(n, Binary) and " on " in f" {n.op} " for n in nodes_of(w.tree))
    if joins:
        w.left.append(f"by {asked[0]}")
        return

    def change(n: Node) -> Node:
        if isinstance(n, Aggregation) and n in inner:
            le = ("le",) if "le" in (n.labels or ()) else ()
            return replace(n, labels=(*le, asked[0]))
        return n

    new = rewrite(w.tree, lambda n: change(n) if isinstance(n, Aggregation) and n.op not in ("topk", "bottomk") else n)
    if new != w.tree:
        w.tree = new
        w.changes.append(f"by {asked[0]}")


def _top_comparison(tree: Node) -> Binary | None:
    """The comparison with a number that a threshold question ends in, under count() and topk() too."""
    node: Node = tree
    while True:
        if isinstance(node, Binary) and node.sign in _COMPARING and isinstance(node.right, Number):
            return node
        if isinstance(node, Aggregation | Parens):
            node = node.body
            continue
        return None


def _threshold(w: _Work) -> None:
    found = _top_comparison(w.tree)
    asked = w.asked.thresholds
    if not asked:
        if found and w.taught.thresholds and found.right != Number(0):
            w.edit(lambda n: found.left if n == found else n, "no limit")
        return
    if len(asked) > 1 or len(w.taught.thresholds) > 1:
        return
    limit = asked[0]
    if found is None:
        if _bucketed(w.tree) or any(isinstance(n, Binary) and n.sign in _COMPARING for n in nodes_of(w.tree)):
            return
        value = _scaled(limit, w)
        if value is None:
            w.left.append(f"limit {limit.op} {limit.value:g}")
            return
        w.tree = Binary(limit.op, w.tree, Number(value))
        w.changes.append(f"limit {limit.op} {value:g}")
        return
    old = w.taught.thresholds[0] if w.taught.thresholds else None
    assert isinstance(found.right, Number)
    if old and old.value and old.unit == limit.unit:
        value = found.right.value * limit.value / old.value  # whatever the scale was, it stays
    else:
        scaled = _scaled(limit, replace_tree(w, found.left))
        if scaled is None:
            return
        value = scaled
    new = Binary(limit.op, found.left, Number(_rounded(value)))
    w.edit(lambda n: new if n == found else n, f"limit {limit.op} {new.right}")


def replace_tree(w: _Work, tree: Node) -> _Work:
    return replace(w, tree=tree)


def _bucketed(tree: Node) -> bool:
    return any(isinstance(n, Selector) and any(m[0] == "le" for m in n.matchers) for n in nodes_of(tree))


def _scaled(limit: Threshold, w: _Work) -> float | None:
    """The limit in the unit of the query's result, told from its shape and the metric's name; None if unknown."""
    if limit.unit == "percent":
        return limit.value if _in_percent(w.tree) else limit.value / 100 if _is_ratio(w.tree) else limit.value
    if limit.unit == "s":
        return _rounded(limit.value * _per_second(w.tree))
    return limit.value


def _in_percent(tree: Node) -> bool:
    return any(isinstance(n, Binary) and n.sign == "*" and Number(100) in (n.left, n.right) for n in nodes_of(tree))


def _is_ratio(tree: Node) -> bool:
    body = tree.body if isinstance(tree, Parens | Aggregation) else tree
    return isinstance(body, Binary) and (
        (body.sign == "/" and _has_selector(body.right)) or (body.sign == "-" and body.left == Number(1))
    )


def _has_selector(node: Node) -> bool:
    return any(isinstance(n, Selector) for n in nodes_of(node))


def _per_second(tree: Node) -> float:
    """How many of the result's unit make a second."""
    names = [n.metric for n in nodes_of(tree) if isinstance(n, Selector)]
    if any(isinstance(n, Binary) and n.sign == "*" and Number(1000) in (n.left, n.right) for n in nodes_of(tree)):
        return 1000.0
    if any(re.search(r"_(?:ms|milliseconds|latency)(?:_|$)|_rt$|_latency", name) for name in names):
        return 1000.0
    if any(re.search(r"_usec|microseconds", name) for name in names):
        return 1e6
    return 1.0


def _rounded(value: float) -> float:
    return float(f"{value:.10g}")


_TIMES = re.compile(r"how many times|ratio|factor|relative to|\btimes\b|几倍|多少倍|倍数|比值|比例", re.IGNORECASE)
_GROWTH = re.compile(r"percent|%|百分|growth|增长率|涨幅|跌幅|变化率|幅度|同比|环比", re.IGNORECASE)


def _offset(w: _Work) -> None:
    asked = w.asked.offset
    shifted = [n for n in nodes_of(w.tree) if isinstance(n, Selector | Subquery) and " offset " in n.shift]
    if asked is None:
        if shifted:
            w.left.append("no comparison was asked for")
        return
    if shifted:
        moved = f" offset {seconds_as_duration(asked)}"
        w.edit(
            lambda n: replace(n, shift=moved) if isinstance(n, Selector | Subquery) and " offset " in n.shift else n,
            f"against {seconds_as_duration(asked)} ago",
        )
        return
    if _top_comparison(w.tree) or any(
        isinstance(n, Aggregation) and n.op in ("topk", "bottomk") for n in nodes_of(w.tree)
    ):
        w.left.append(f"against {seconds_as_duration(asked)} ago")
        return
    then = rewrite(
        w.tree, lambda n: replace(n, shift=f" offset {seconds_as_duration(asked)}") if isinstance(n, Selector) else n
    )
    if _GROWTH.search(w.question):
        w.tree = Binary("*", Number(100), Parens(Binary("-", Binary("/", _tight(w.tree), _tight(then)), Number(1))))
    elif _TIMES.search(w.question):
        w.tree = Binary("/", _tight(w.tree), _tight(then))
    else:
        w.tree = Binary("-", _tight(w.tree, minus=True), _tight(then))
    w.changes.append(f"against {seconds_as_duration(asked)} ago")


def _tight(node: Node, minus: bool = False) -> Node:
    """In parentheses where an operator around it would tear it apart."""
    if isinstance(node, Binary) and not (minus and node.sign in ("*", "/", "+", "-")):
        return Parens(node)
    return node


def _rank(w: _Work) -> None:
    ranks = [n for n in nodes_of(w.tree) if isinstance(n, Aggregation) and n.op in ("topk", "bottomk")]
    k = w.asked.k
    if k is None:
        if ranks and w.taught.k is not None:
            w.edit(lambda n: n.body if n in ranks else n, "no ranking")
        return
    op = "bottomk" if w.asked.smallest else "topk"
    if ranks:
        # The direction is changed only if both questions say one: "fewest free" and "fullest" are the same end.
        turned = w.asked.smallest != w.taught.smallest and w.taught.k is not None
        w.edit(
            lambda n: (
                replace(n, param=Number(k), op=op if turned else n.op)
                if isinstance(n, Aggregation) and n.op in ("topk", "bottomk")
                else n
            ),
            f"{op} {k}",
        )
    else:
        w.tree = Aggregation(op, w.tree, param=Number(k))
        w.changes.append(f"{op} {k}")


_HOW_MANY = re.compile(
    r"\bhow many (?:of (?:the|our) )?|\bnumber of\b|\bcount\b|多少[个台条家]|几[个台条家]|的?(?:数量|个数|台数)|有多少",
    re.IGNORECASE,
)


def _count(w: _Work) -> None:
    """ "How many X are over T" is count(x > T)."""
    limit = _top_comparison(w.tree)
    counted = any(isinstance(n, Aggregation) and n.op == "count" for n in nodes_of(w.tree))
    if w.asked.thresholds and limit and not counted and _HOW_MANY.search(w.question) and not _HOW_MANY.search(w.told):
        w.tree = Aggregation("count", w.tree)
        w.changes.append("count")


def _units(w: _Work) -> None:
    """Percent asked and a ratio taught, or the other way round."""
    asked, taught = w.asked.unit, w.taught.unit
    if asked == taught or w.question == w.told or w.asked.thresholds:
        return
    if asked == "percent" and not _in_percent(w.tree) and _is_ratio(_ranked(w.tree)):
        w.tree = _in_rank(w.tree, lambda n: Binary("*", Number(100), n if _safe(n) else Parens(n)))
        w.changes.append("percent")
    elif asked == "ratio" and taught == "percent":

        def change(n: Node) -> Node:
            return n.right if isinstance(n, Binary) and n.sign == "*" and n.left == Number(100) else n

        # 100 * a / b is (100 * a) / b: taking the factor away leaves a / b.
        w.edit(change, "ratio")


def _ranked(tree: Node) -> Node:
    return tree.body if isinstance(tree, Aggregation) and tree.op in ("topk", "bottomk") else tree


def _in_rank(tree: Node, change: Callable[[Node], Node]) -> Node:
    if isinstance(tree, Aggregation) and tree.op in ("topk", "bottomk"):
        return replace(tree, body=change(tree.body))
    return change(tree)


def _safe(node: Node) -> bool:
    return not isinstance(node, Binary) or node.sign in ("/", "*")
