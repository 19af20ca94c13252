"""Adapting: a known query with the slots of another question put in, by editing its tree.

    example   top 10 applications by average response time over 5 minutes   ->  topk(10, ...[5m]...)
    question  3 slowest applications, last half hour, order-service only     ->  topk(3, ...{service=...}[30m]...)

A query is a core inside a shell (`shell`: ranking, limit, count, peak, comparison, share). The shell is taken off
and made anew from what the question says; the core keeps its metrics and gets the question's quantile, windows,
filters (`filters`), grouping (`groups`), share (`shares`) and unit (`units`). What finds no place is told in `left`.
"""

from __future__ import annotations

from collections.abc import Mapping

from text2promql.adapting.core import edit_core
from text2promql.adapting.filters import put_filters
from text2promql.adapting.shell import COMPARING, peel, wrap
from text2promql.adapting.units import convert
from text2promql.adapting.work import Adapted, Facts, Work
from text2promql.promql import parse
from text2promql.promql.tree import Binary, Call, Node, Subquery, grow, nodes_of
from text2promql.slots import Slots

__all__ = ["Adapted", "Facts", "adapt", "enforce"]


def adapt(
    query: str,
    told: str,
    taught: Slots,
    question: str,
    asked: Slots,
    facts: Mapping[str, Facts],
    ordinary: frozenset[str] = frozenset(),
    usual: tuple[str, ...] = (),
) -> Adapted:
    """The example's query, whose question was `told`, for another question. Raises BadQuery."""
    work = Work(grow(parse(query)), facts, question, asked, told, taught, ordinary, usual)
    shell = peel(work)
    edit_core(work, shell)
    convert(work, shell)
    wrap(work, shell)
    return Adapted(str(work.tree), work.changes, work.left)


def enforce(
    query: str, question: str, asked: Slots, facts: Mapping[str, Facts], ordinary: frozenset[str] = frozenset()
) -> Adapted:
    """A model's query with what the question surely says put in where it is missing. Raises BadQuery.

    Of one that compares more than once, or looks back within, only the filters: which limit, window or unit belongs
    where, is not sure.
    """
    work = Work(grow(parse(query)), facts, question, asked, question, asked, ordinary)
    if not _compares_within(work.tree) and not _looks_back_within(work.tree):
        return adapt(query, question, asked, question, asked, facts, ordinary)
    put_filters(work)
    return Adapted(str(work.tree), work.changes, work.left)


def _compares_within(tree: Node) -> bool:
    """Whether limits stand elsewhere than around the whole."""
    limits = [n for n in nodes_of(tree) if isinstance(n, Binary) and n.sign in COMPARING]
    joined = any(isinstance(n, Binary) and n.sign in ("and", "or", "unless") for n in nodes_of(tree))
    windows = [n for n in nodes_of(tree) if isinstance(n, Subquery)]
    return len(limits) + joined > 1 or any(limit in nodes_of(window) for window in windows for limit in limits)


def _looks_back_within(tree: Node) -> bool:
    """Whether a subquery stands elsewhere than right under a peak, low or mean of the whole."""
    match tree:
        case Call(function="max_over_time" | "min_over_time" | "avg_over_time", args=(Subquery(body=body),)):
            return any(isinstance(n, Subquery) for n in nodes_of(body))
    return any(isinstance(n, Subquery) for n in nodes_of(tree))
