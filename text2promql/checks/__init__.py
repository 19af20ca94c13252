"""Checks: one small module each; a check looks at a parsed query and returns findings.

`offline` checks need no backend. Each has a stable name, shown with its findings.
"""

from __future__ import annotations

from text2promql.answer import Finding
from text2promql.catalog import Catalog
from text2promql.checks import label_exists, metric_exists, range_function
from text2promql.checks.query import Query

__all__ = ["CHECKS", "Query", "run_checks"]

#: In the order they run; the first error of a check that others build on ends the round.
CHECKS = (metric_exists, label_exists, range_function)


async def run_checks(query: Query, catalog: Catalog) -> list[Finding]:
    """All findings about a query, errors first. Raises BackendError."""
    findings: list[Finding] = []
    for check in CHECKS:
        findings += await check.run(query, catalog)
    return sorted(findings, key=lambda f: f.severity != "error")
