"""The piece of work that passes through the steps of an adaptation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from text2promql.catalog import Labels
from text2promql.promql.tree import Aggregation, Binary, Call, Node, nodes_of, rewrite
from text2promql.slots import Slots

__all__ = ["Adapted", "Facts", "Work", "has_joins", "ranked", "rated"]


@dataclass(frozen=True)
class Facts:
    """What is known of a metric: its type and its labels with their values."""

    type: str
    labels: Labels
    help: str = ""


@dataclass
class Adapted:
    promql: str
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What the question says and the query has no place for."""


@dataclass
class Work:
    """`told` and `taught` are the example's question and its slots, `question` and `asked` those to be answered."""

    tree: Node
    facts: Mapping[str, Facts]
    question: str
    asked: Slots
    told: str
    taught: Slots
    ordinary: frozenset[str] = frozenset()
    usual: tuple[str, ...] = ()
    """Labels that the scenario's examples group by, the most used first."""
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether the query was written for this very question: then only what is missing is put in."""
        return self.question == self.told

    def edit(self, change: Callable[[Node], Node], what: str) -> bool:
        new = rewrite(self.tree, change)
        if new == self.tree:
            return False
        self.tree = new
        self.changes.append(what)
        return True


def has_joins(node: Node) -> bool:
    return any(isinstance(n, Binary) and (" on " in f"{n.op} " or "ignoring" in n.op) for n in nodes_of(node))


def ranked(node: Node) -> bool:
    return isinstance(node, Aggregation) and node.op in ("topk", "bottomk")


_COUNTING = ("rate", "irate", "increase", "sum_over_time", "delta", "changes", "count_over_time", "deriv")


def rated(tree: Node) -> bool:
    return any(isinstance(n, Call) and n.function in _COUNTING for n in nodes_of(tree))
