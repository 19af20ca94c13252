"""metric/exists: every metric of the query is in the backend's catalog."""

from __future__ import annotations

from text2promql import promql
from text2promql.answer import Finding
from text2promql.catalog import Catalog
from text2promql.checks.query import Query

name = "metric/exists"
offline = False


async def run(query: Query, catalog: Catalog) -> list[Finding]:
    findings = []
    for selector in promql.selectors(query.expr):
        metric = selector.metric
        if metric in catalog or (not metric and selector.matchers):
            continue
        near = ", ".join(catalog.nearest(metric))
        start, end = query.span("metric", metric)
        findings.append(
            Finding(
                check=name,
                severity="error",
                summary=f"There is no metric {metric}",
                detail=f"Near it: {near}" if near else "",
                start=start,
                end=end,
            )
        )
    return findings
