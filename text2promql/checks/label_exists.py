"""label/exists: labels that are matched or grouped by exist on the metrics, and matched values too."""

from __future__ import annotations

import re
from difflib import get_close_matches

import promql_parser

from text2promql import promql
from text2promql.answer import Finding
from text2promql.catalog import Catalog, Labels
from text2promql.checks.query import Query
from text2promql.promql.selectors import Selector, nodes

name = "label/exists"
offline = False


async def run(query: Query, catalog: Catalog) -> list[Finding]:
    findings: list[Finding] = []
    known: set[str] = set()
    wanted_absent = _under_absent(query.expr)
    for selector in promql.selectors(query.expr):
        if selector.metric not in catalog:
            return []  # metric/exists has spoken; labels of a metric that is not there say nothing
        labels = await catalog.labels(selector.metric)
        known.update(labels.names)
        for label, op, value in selector.matchers:
            if label not in labels.names or value not in wanted_absent:
                findings += _matcher(query, selector, labels, label, op, value)
    known.update(_made(query.expr))
    for label in promql.grouping_labels(query.expr):
        if known and label not in known:
            start, end = query.span("label", label)
            findings.append(
                Finding(
                    check=name,
                    severity="error",
                    summary=f"The metrics of this query have no label {label}",
                    detail=f"Labels: {', '.join(sorted(known))}",
                    start=start,
                    end=end,
                )
            )
    return findings


def _matcher(query: Query, selector: Selector, labels: Labels, label: str, op: str, value: str) -> list[Finding]:
    start, end = query.span("label", label)
    if label not in labels.names and not _matches_empty(op, value):
        text = f"{selector.metric} has no label {label}"
        return [
            Finding(
                check=name,
                severity="error",
                summary=text,
                detail=f"Labels: {', '.join(labels.names)}",
                start=start,
                end=end,
            )
        ]
    values = labels.values.get(label)
    if (
        values is None
        or op not in ("=", "=~")
        or _matches_empty(op, value)
        or any(_holds(op, value, v) for v in values)
    ):
        return []
    close = get_close_matches(value, values, n=3, cutoff=0.5) or values[:6]
    at = query.span("value", value, label)
    start, end = at if at[1] else (start, end)
    return [
        Finding(
            check=name,
            severity="error",
            summary=f'No series of {selector.metric} has {label}{op}"{value}"',
            detail=f"Values: {', '.join(close)}",
            start=start,
            end=end,
        )
    ]


def _holds(op: str, value: str, actual: str) -> bool:
    if op == "=":
        return value == actual
    try:
        return re.fullmatch(value, actual) is not None
    except re.error:
        return True  # RE2 syntax that Python lacks: the dry run decides


def _matches_empty(op: str, value: str) -> bool:
    """Matchers that also hold where the label is absent."""
    return (op == "=" and not value) or op in ("!=", "!~") or (op == "=~" and _holds(op, value, ""))


def _under_absent(expr: promql_parser.Expr) -> set[str]:
    """Values whose absence the query is about."""
    calls = [n for n in nodes(expr) if isinstance(n, promql_parser.Call) and n.func.name.startswith("absent")]
    return {value for call in calls for s in promql.selectors(call) for _, _, value in s.matchers}


def _made(expr: promql_parser.Expr) -> set[str]:
    """Labels that the query itself makes (label_replace, label_join, count_values)."""
    made: set[str] = set()
    for node in nodes(expr):
        if isinstance(node, promql_parser.Call) and node.func.name in ("label_replace", "label_join"):
            made.add(node.args[1].val)
        elif isinstance(node, promql_parser.AggregateExpr) and str(node.op) == "count_values":
            made.add(getattr(node.param, "val", ""))
    return made
