"""Examining a query: parsed, checked against the catalog, and run once."""

from __future__ import annotations

from dataclasses import dataclass, field

from text2promql.answer import DryRun, Finding
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.checks import Query, run_checks
from text2promql.dry_run import dry_run
from text2promql.errors import BadQuery

__all__ = ["Attempt", "examine"]


@dataclass
class Attempt:
    """A query with all that is known about it."""

    text: str = ""
    query: Query | None = None
    findings: list[Finding] = field(default_factory=list)
    run: DryRun = field(default_factory=lambda: DryRun(outcome="skipped"))

    @property
    def good(self) -> bool:
        return self.query is not None and not self.errors and self.run.outcome in ("ok", "empty")

    @property
    def errors(self) -> list[Finding]:
        return [f for f in self.findings if f.severity == "error"]

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """Higher is better: a repair must not make things worse."""
        return self.good, self.query is not None, -len(self.errors), self.run.outcome == "ok"


async def examine(text: str, catalog: Catalog, backend: Backend, max_samples: int) -> Attempt:
    """Parse, check and run a query. Raises BackendError."""
    attempt = Attempt(text)
    try:
        attempt.query = Query.parse(text)
    except BadQuery as error:
        at = error.position or 0
        attempt.findings = [
            Finding(
                check="promql/syntax",
                severity="error",
                summary=f"Not valid PromQL: {error}",
                start=at,
                end=at + 1,
            )
        ]
        return attempt
    attempt.findings = await run_checks(attempt.query, catalog)
    if not attempt.errors:
        attempt.run, more = await dry_run(attempt.query, backend, max_samples)
        attempt.findings += more
        if attempt.run.outcome in ("error", "too_expensive"):
            attempt.findings.append(
                Finding(check="backend/runs", severity="error", summary=attempt.run.warnings[0], end=len(text))
            )
    return attempt
