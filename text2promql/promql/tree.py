"""A query as plain data that can be changed: `promql_parser`'s nodes can only be read.

`grow` turns a parsed expression into a tree, `rewrite` maps over it, `str(tree)` prints it in the house style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import promql_parser as p

from text2promql.promql.printer import duration, modifiers, number, operator

__all__ = [
    "Aggregation", "Binary", "Call", "Negation", "Node", "Number", "Parens", "Selector", "Subquery", "Text", "grow",
    "has_selector", "nodes_of", "rewrite",
]  # fmt: skip

Matcher = tuple[str, str, str]
"""(label, operator, value)"""


@dataclass(frozen=True)
class Number:
    value: float

    def __str__(self) -> str:
        return number(self.value)


@dataclass(frozen=True)
class Text:
    value: str

    def __str__(self) -> str:
        return _quoted(self.value)


@dataclass(frozen=True)
class Selector:
    """`range` in seconds; `shift` is what follows: ` offset 1h`, ` @ ...`."""

    metric: str
    matchers: tuple[Matcher, ...] = ()
    range: float | None = None
    shift: str = ""

    def __str__(self) -> str:
        inner = ", ".join(f"{label}{op}{_quoted(value)}" for label, op, value in self.matchers)
        braces = f"{{{inner}}}" if inner or not self.metric else ""
        return f"{self.metric}{braces}{f'[{_time(self.range)}]' if self.range else ''}{self.shift}"


@dataclass(frozen=True)
class Call:
    function: str
    args: tuple[Node, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.args))})"


@dataclass(frozen=True)
class Aggregation:
    """`labels` is None where there is no grouping at all."""

    op: str
    body: Node
    labels: tuple[str, ...] | None = None
    without: bool = False
    param: Node | None = None

    def __str__(self) -> str:
        inner = f"{self.param}, {self.body}" if self.param is not None else str(self.body)
        if self.labels is None:
            return f"{self.op}({inner})"
        return f"{self.op} {'without' if self.without else 'by'} ({', '.join(self.labels)}) ({inner})"


@dataclass(frozen=True)
class Binary:
    """`op` with its modifiers: `/ on (a) group_left (b)`."""

    op: str
    left: Node
    right: Node

    @property
    def sign(self) -> str:
        return self.op.split(" ", 1)[0]

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True)
class Subquery:
    body: Node
    range: float
    step: float | None = None
    shift: str = ""

    def __str__(self) -> str:
        return f"{self.body}[{_time(self.range)}:{_time(self.step) if self.step else ''}]{self.shift}"


@dataclass(frozen=True)
class Negation:
    body: Node

    def __str__(self) -> str:
        return f"-{self.body}"


@dataclass(frozen=True)
class Parens:
    body: Node

    def __str__(self) -> str:
        return f"({self.body})"


Node = Number | Text | Selector | Call | Aggregation | Binary | Subquery | Negation | Parens


def grow(expr: p.Expr) -> Node:  # noqa: C901  one case a kind of node
    """The tree of a parsed expression. Raises TypeError for a node this version does not know."""
    match expr:
        case p.ParenExpr():
            return Parens(grow(expr.expr))
        case p.NumberLiteral():
            return Number(expr.val)
        case p.StringLiteral():
            return Text(expr.val)
        case p.VectorSelector():
            return _selector(expr, None)
        case p.MatrixSelector():
            return _selector(expr.vector_selector, expr.range)
        case p.SubqueryExpr():
            step = expr.step.total_seconds() if expr.step else None
            span = expr.range.total_seconds() if expr.range else 0.0
            return Subquery(grow(expr.expr), span, step, modifiers(expr.offset, expr.at))
        case p.UnaryExpr():
            return Negation(grow(expr.expr))
        case p.Call():
            return Call(expr.func.name, tuple(grow(a) for a in expr.args))
        case p.AggregateExpr():
            labels, without = None, False
            if expr.modifier is not None:
                labels, without = tuple(expr.modifier.labels), expr.modifier.type != p.AggModifierType.By
            param = grow(expr.param) if expr.param is not None else None
            return Aggregation(str(expr.op), grow(expr.expr), labels, without, param)
        case p.BinaryExpr():
            return Binary(operator(expr), grow(expr.lhs), grow(expr.rhs))
    raise TypeError(f"unknown kind of expression: {type(expr).__name__}")


_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _selector(node: p.VectorSelector, span: timedelta | None) -> Selector:
    if node.matchers.or_matchers:
        raise TypeError("alternatives inside braces cannot be changed")
    found = [(m.name, _OPERATORS[str(m.op).rsplit(".", 1)[-1]], m.value) for m in node.matchers.matchers]
    shift = modifiers(node.offset, node.at)
    return Selector(node.name or "", tuple(found), span.total_seconds() if span else None, shift)


def has_selector(node: Node) -> bool:
    return any(isinstance(n, Selector) for n in nodes_of(node))


def rewrite(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every node, leaves first."""
    match node:
        case Call():
            node = replace(node, args=tuple(rewrite(a, change) for a in node.args))
        case Aggregation():
            param = rewrite(node.param, change) if node.param is not None else None
            node = replace(node, body=rewrite(node.body, change), param=param)
        case Binary():
            node = replace(node, left=rewrite(node.left, change), right=rewrite(node.right, change))
        case Subquery() | Negation() | Parens():
            node = replace(node, body=rewrite(node.body, change))
    return change(node)


def nodes_of(node: Node) -> Iterator[Node]:
    """Every node, outermost first."""
    yield node
    match node:
        case Call():
            children: tuple[Node, ...] = node.args
        case Aggregation():
            children = (node.body, *((node.param,) if node.param is not None else ()))
        case Binary():
            children = (node.left, node.right)
        case Subquery() | Negation() | Parens():
            children = (node.body,)
        case _:
            children = ()
    for child in children:
        yield from nodes_of(child)


def _time(seconds: float) -> str:
    return duration(timedelta(seconds=seconds))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
