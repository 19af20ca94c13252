"""Joining: a query narrowed, or told apart, by what another metric knows: "masters only", "per firmware version".

The joins are those of the scenario's examples: they tell which metric knows it, and by which labels the two match.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from text2promql.adapting import Facts
from text2promql.adapting.filters import ruled_out
from text2promql.adapting.work import has_joins, ranked
from text2promql.catalog import Labels
from text2promql.errors import BadQuery
from text2promql.linking import asked_groups, says_value
from text2promql.promql import parse
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Parens,
    Selector,
    grow,
    has_selector,
    nodes_of,
    rewrite,
)
from text2promql.words import words

__all__ = ["Join", "joined", "joins_of"]

_JOIN = re.compile(r"(?P<sign>and|\*) on \((?P<on>[^)]+)\)(?: group_left \((?P<carried>[^)]*)\))?")
#: What is no replica is a master.
_OPPOSITES = {"replica": "master", "slave": "master", "master": "replica", "primary": "replica"}


@dataclass(frozen=True)
class Join:
    """`right` is the other metric, or a condition on it. `carried` are the labels that are taken over from it."""

    on: tuple[str, ...]
    right: Node
    metric: str
    carried: tuple[str, ...]


def joins_of(query: str) -> list[Join]:
    """The joins of a query with one plain metric; none of a form that cannot be edited."""
    try:
        tree = grow(parse(query))
    except (BadQuery, TypeError):
        return []
    out = []
    for n in (n for n in nodes_of(tree) if isinstance(n, Binary)):
        form, selectors = _JOIN.fullmatch(n.op), [x for x in nodes_of(n.right) if isinstance(x, Selector)]
        if form and len(selectors) == 1 and (n.right == selectors[0] or _is_or_not(n.right)):
            carried = tuple(re.findall(r"\w+", form["carried"] or ""))
            out.append(Join(tuple(re.findall(r"\w+", form["on"])), n.right, selectors[0].metric, carried))
    return out


def _is_or_not(node: Node) -> bool:
    return isinstance(node, Binary) and node.sign == "==" and node.right in (Number(0), Number(1))


def joined(tree: Node, join: Join, question: str, known: Labels, facts: Mapping[str, Facts]) -> Iterator[Node]:
    """The tree with what the question asks for that only the join's metric, whose labels are `known`, can tell."""
    selectors = [n for n in nodes_of(tree) if isinstance(n, Selector)]
    if has_joins(tree) or any(n.metric == join.metric or n.metric not in facts for n in selectors):
        return
    own = {label for n in selectors for label in facts[n.metric].labels.names}
    if not set(join.on) <= own:
        return
    said = {v for n in selectors for _, _, value in n.matchers for v in value.split("|")}
    said |= {word for n in selectors for word in words(n.metric)}
    for condition in _conditions(join, question, known, own, said):
        if (narrowed := _narrowed(tree, join.on, condition, own)) is not None:
            yield narrowed
    for label in asked_groups(question, [x for x in join.carried if x not in own]):
        if (apart := _told_apart(tree, join, label)) is not None:
            yield apart


def _conditions(
    join: Join, question: str, known: Labels, own: Collection[str], placed: Collection[str]
) -> Iterator[Node]:
    """What the question says that series must be, by the join's metric: role="master", is_replica == 0."""
    if isinstance(join.right, Binary):
        kind = join.metric.rpartition("_")[2]
        said = says_value(question, kind) and not ruled_out(question, (kind, f"{kind}s"))
        other = kind in _OPPOSITES and says_value(question, _OPPOSITES[kind])
        if (join.right.right == Number(1) and said and not other) or (join.right.right == Number(0) and other):
            yield join.right
        return
    used = [m[0] for m in join.right.matchers] if isinstance(join.right, Selector) else []
    for label in (x for x in (*join.carried, *used) if x not in own):
        values = [v for v in known.values.get(label, ()) if len(v) > 2 and not v.isdigit()]
        values = [v for v in values if v not in placed and not set(words(v)) & set(placed)]
        said_values = [v for v in values if says_value(question, v) and not ruled_out(question, (v,))]
        if len(said_values) == 1 and len(values) > 1:
            yield Selector(join.metric, ((label, "=", said_values[0]),))


def _narrowed(tree: Node, on: tuple[str, ...], condition: Node, own: Collection[str]) -> Node | None:
    if isinstance(tree, Aggregation) and (ranked(tree) or (tree.op == "count" and tree.labels is None)):
        body = tree.body
        if ranked(tree) and not _rows(body, own):
            body = rewrite(body, lambda n: replace(n, labels=on) if isinstance(n, Aggregation) else n)
        inner = _narrowed(body, on, condition, own)
        return replace(tree, body=inner) if inner is not None else None
    if not set(on) <= _rows(tree, own):
        return None
    left = Parens(tree) if isinstance(tree, Binary) and tree.sign == "or" else tree
    return Binary(f"and on ({', '.join(on)})", left, condition)


def _rows(tree: Node, own: Collection[str]) -> set[str]:
    """Labels that tell the rows of a result apart; those of the metrics are its `own`."""
    match tree:
        case Selector():
            return set(own)
        case Aggregation():
            return set(tree.labels or ())
        case Parens():
            return _rows(tree.body, own)
        case Binary():
            return _rows(tree.left if has_selector(tree.left) else tree.right, own)
        case Call():
            return _rows(tree.args[-1], own)
    return set()


def _told_apart(tree: Node, join: Join, label: str) -> Node | None:
    """A sum by a label that is taken over from the other metric."""
    level: Node
    match tree:
        case Parens():
            inner = _told_apart(tree.body, join, label)
            return Parens(inner) if inner is not None else None
        case Binary():
            if has_selector(tree.left) and has_selector(tree.right):
                return None
            if has_selector(tree.left):
                inner = _told_apart(tree.left, join, label)
                return replace(tree, left=inner) if inner is not None else None
            inner = _told_apart(tree.right, join, label)
            return replace(tree, right=inner) if inner is not None else None
        case Aggregation() if ranked(tree):
            inner = _told_apart(tree.body, join, label)
            return replace(tree, body=inner, labels=None) if inner is not None else None
        case Aggregation(labels=tuple() as labels) if set(join.on) <= set(labels):
            level, op = tree, "sum"
        case Aggregation(op="sum" | "avg" | "max" | "min" | "count", body=Selector() | Call() | Aggregation() as level):
            op = tree.op
        case Selector() | Call():
            level, op = tree, "sum"
        case _:
            return None
    if isinstance(level, Aggregation) and not set(join.on) <= set(level.labels or ()):
        return None  # what the two match by is gone
    right = join.right if isinstance(join.right, Selector) else Selector(join.metric)
    return Aggregation(op, Binary(f"* on ({', '.join(join.on)}) group_left ({label})", level, right), (label,))
