"""Idioms: what kind of question a query answers, told from its shape."""

from __future__ import annotations

import promql_parser as p

from text2promql import promql
from text2promql.promql.selectors import nodes

__all__ = ["IDIOMS", "idiom"]

#: From the most particular to the plainest: a query is counted under the first that holds.
IDIOMS = (
    "absence", "prediction", "comparison", "subquery", "quantile", "join", "ranking", "count", "threshold",
    "over time", "ratio", "increase", "rate", "aggregation", "selection",
)  # fmt: skip

_COMPARING = {"==", "!=", ">", "<", ">=", "<="}


def idiom(query: str) -> str:
    """One of IDIOMS. Raises BadQuery."""
    expr = promql.parse(query)
    found = nodes(expr)
    calls = {n.func.name for n in found if isinstance(n, p.Call)}
    aggregations = {str(n.op) for n in found if isinstance(n, p.AggregateExpr)}
    binaries = [n for n in found if isinstance(n, p.BinaryExpr)]
    matchers = {label for s in promql.selectors(expr) for label, _, _ in s.matchers}
    holds = {
        "absence": bool(calls & {"absent", "absent_over_time"}) or any(str(b.op) == "unless" for b in binaries),
        "prediction": bool(calls & {"predict_linear", "deriv"}),
        "comparison": " offset " in promql.to_text(expr),
        "subquery": any(isinstance(n, p.SubqueryExpr) for n in found),
        "quantile": "histogram_quantile" in calls or "quantile" in aggregations | matchers,
        "join": any(_joins(b) for b in binaries),
        "ranking": bool(aggregations & {"topk", "bottomk"}),
        "count": bool(aggregations & {"count", "count_values"}),
        "threshold": any(str(b.op) in _COMPARING and isinstance(b.rhs, p.NumberLiteral) for b in binaries),
        "over time": any(c.endswith("_over_time") for c in calls),
        "ratio": any(str(b.op) == "/" and promql.metrics(b.lhs) and promql.metrics(b.rhs) for b in binaries),
        "increase": bool(calls & {"increase", "delta", "changes", "resets"}),
        "rate": bool(calls & {"rate", "irate"}),
        "aggregation": bool(aggregations),
    }
    return next((name for name in IDIOMS if holds.get(name)), "selection")


def _joins(node: p.BinaryExpr) -> bool:
    sides = (p.VectorMatchCardinality.ManyToOne, p.VectorMatchCardinality.OneToMany)
    return node.modifier is not None and node.modifier.card in sides
