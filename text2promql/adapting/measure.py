"""The measures of a query: what is left when shells, units and the operators between two metrics are taken off."""

from __future__ import annotations

from collections.abc import Iterator

from text2promql.adapting.shell import peel
from text2promql.adapting.units import unscaled
from text2promql.adapting.work import Work
from text2promql.errors import BadQuery
from text2promql.promql import parse
from text2promql.promql.tree import Aggregation, Binary, Call, Node, Parens, Selector, grow, has_selector, nodes_of
from text2promql.slots import Slots

__all__ = ["measures"]


def measures(query: str) -> list[tuple[Node, str]]:
    """(tree, metric) of each measure of one metric; none of a form that cannot be edited."""
    nothing = Slots()
    try:
        work = Work(grow(parse(query)), {}, "", nothing, "", nothing)
    except (BadQuery, TypeError):
        return []
    peel(work)
    return [(tree, n.metric) for tree in _of(work.tree) for n in nodes_of(tree) if isinstance(n, Selector)]


def _of(tree: Node) -> Iterator[Node]:
    match tree:
        case Parens():
            yield from _of(tree.body)
            return
        case Binary() if (
            tree.sign in ("/", "*", "-", "+") and " on " not in f"{tree.op} " and "ignoring" not in tree.op
        ):
            yield from _of(tree.left)
            yield from _of(tree.right)
            return
        case Binary() if tree.sign in (">", ">=", "!=") and has_selector(tree.left) and not has_selector(tree.right):
            yield from _of(tree.left)  # a denominator without its zeros
            return
    core, _ = unscaled(tree)
    if isinstance(core, Call) and core.function in ("histogram_quantile", "predict_linear"):
        return  # no number to add to or divide by another
    if isinstance(core, Aggregation | Call | Selector) and sum(isinstance(n, Selector) for n in nodes_of(core)) == 1:
        yield core
