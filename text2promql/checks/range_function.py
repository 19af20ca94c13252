"""function/type: rate, irate and increase belong on counters; a bare counter only grows."""

from __future__ import annotations

import promql_parser

from text2promql import promql
from text2promql.answer import Finding
from text2promql.catalog import Catalog
from text2promql.checks.query import Query
from text2promql.promql.selectors import nodes

name = "function/type"
offline = False

_FOR_COUNTERS = ("rate", "irate", "increase")


def _only_a_level(metric: str, catalog: Catalog) -> bool:
    """Gauges, but for offsets of a log: exporters call them gauges though they only grow."""
    return metric in catalog and catalog.describe(metric).type == "gauge" and not metric.endswith("_offset")


async def run(query: Query, catalog: Catalog) -> list[Finding]:
    findings = []
    for node in nodes(query.expr):
        if not (isinstance(node, promql_parser.Call) and node.func.name in _FOR_COUNTERS):
            continue
        for selector in promql.selectors(node):
            if _only_a_level(selector.metric, catalog):
                start, end = query.span("function", node.func.name)
                findings.append(
                    Finding(
                        check=name,
                        severity="error",
                        start=start,
                        end=end,
                        summary=f"{selector.metric} is a gauge, and {node.func.name} works on counters",
                        detail="Use it bare, or with sum_over_time, avg_over_time, max_over_time or delta",
                    )
                )
    return findings
