"""A guess at why a query is wrong: what it and the gold nearest to it differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import promql_parser as p

from text2promql import promql
from text2promql.errors import BadQuery
from text2promql.promql.selectors import nodes

__all__ = ["CAUSES", "cause"]

#: In the order in which they are looked for.
CAUSES = (
    "declined", "no query", "syntax", "wrong metric", "filter", "window", "grouping", "function", "unit or number",
    "structure",
)  # fmt: skip


def cause(prediction: str | None, golds: Sequence[str], declined: bool = False) -> str:
    """One of CAUSES, for a prediction that matches none of the golds."""
    if declined:
        return "declined"
    if not prediction:
        return "no query"
    try:
        found = _traits(prediction)
    except BadQuery:
        return "syntax"
    against = min((_traits(g) for g in golds), key=lambda t: sum(t[name] != found[name] for name in t))
    return next((name for name in CAUSES if name in found and found[name] != against[name]), "structure")


def _traits(query: str) -> dict[str, object]:
    expr = promql.parse(query)
    selectors = promql.selectors(expr)
    all_nodes = nodes(expr)
    return {
        "wrong metric": frozenset(promql.metrics(expr)),
        "filter": frozenset((s.metric, m) for s in selectors for m in s.matchers),
        "window": (
            frozenset((s.metric, s.range) for s in selectors),
            frozenset(s.text.partition(" offset ")[2] for s in selectors),
            frozenset(str(n.range) for n in all_nodes if isinstance(n, p.SubqueryExpr)),
        ),
        "grouping": frozenset(promql.grouping_labels(expr)),
        "function": frozenset(promql.functions(expr)),
        "unit or number": Counter(n.val for n in all_nodes if isinstance(n, p.NumberLiteral)),
    }
