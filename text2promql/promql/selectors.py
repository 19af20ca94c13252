"""What a query reads: its selectors, metrics, functions and grouping labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import promql_parser as p

from text2promql.promql.printer import to_text

__all__ = ["Selector", "functions", "grouping_labels", "metrics", "nodes", "selectors"]


@dataclass(frozen=True)
class Selector:
    """One selector of a query. `text` is the instant form, offset included, range left out."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]
    """(label, operator, value); operators are = != =~ !~"""
    text: str
    range: timedelta | None = None


def nodes(expr: p.Expr) -> list[p.Expr]:
    """Every node of the expression, outermost first; a range selector's inner selector is left out."""
    found: list[p.Expr] = []
    inner: list[p.Expr] = []

    def visit(node: p.Expr) -> None:
        found.append(node)
        if isinstance(node, p.MatrixSelector):
            inner.append(node.vector_selector)

    p.walk(expr, visit)
    skipped = {to_text(i) for i in inner}
    out: list[p.Expr] = []
    after_matrix = False
    for node in found:
        if after_matrix and isinstance(node, p.VectorSelector) and to_text(node) in skipped:
            after_matrix = False
            continue
        after_matrix = isinstance(node, p.MatrixSelector)
        out.append(node)
    return out


_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def selectors(expr: p.Expr) -> list[Selector]:
    """Every selector, in the order of the text; equal ones once."""
    out: dict[Selector, None] = {}
    for node in nodes(expr):
        if isinstance(node, p.MatrixSelector):
            out[_selector(node.vector_selector, node.range)] = None
        elif isinstance(node, p.VectorSelector):
            out[_selector(node, None)] = None
    return list(out)


def _selector(node: p.VectorSelector, span: timedelta | None) -> Selector:
    triples = []
    name = node.name or ""
    groups = [node.matchers.matchers, *node.matchers.or_matchers]
    for m in (m for group in groups for m in group):
        op = _OPERATORS[str(m.op).rsplit(".", 1)[-1]]
        if m.name == "__name__" and op == "=":
            name = name or m.value
        else:
            triples.append((m.name, op, m.value))
    return Selector(name, tuple(triples), to_text(node), span)


def metrics(expr: p.Expr) -> list[str]:
    """Metric names, each once, in the order of the text."""
    return list(dict.fromkeys(s.metric for s in selectors(expr) if s.metric))


def functions(expr: p.Expr) -> list[str]:
    """Names of functions and aggregations, each once."""
    found: dict[str, None] = {}
    for node in nodes(expr):
        if isinstance(node, p.Call):
            found[node.func.name] = None
        elif isinstance(node, p.AggregateExpr):
            found[str(node.op)] = None
    return list(found)


def grouping_labels(expr: p.Expr) -> list[str]:
    """Labels of by, without, on, ignoring and group_left/right, each once."""
    found: dict[str, None] = {}
    for node in nodes(expr):
        if isinstance(node, p.AggregateExpr) and node.modifier:
            found.update(dict.fromkeys(node.modifier.labels))
        elif isinstance(node, p.BinaryExpr) and node.modifier:
            if node.modifier.matching:
                found.update(dict.fromkeys(node.modifier.matching.labels))
            found.update(dict.fromkeys(node.modifier.group_labels or []))
    return list(found)
