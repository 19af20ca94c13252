"""The dry run: estimate what a query would read, then run it once against the backend."""

from __future__ import annotations

import asyncio
import time

from text2promql import promql
from text2promql.answer import DryRun, Finding
from text2promql.backend import Backend
from text2promql.checks.query import Query
from text2promql.errors import QueryRejected

__all__ = ["dry_run"]

#: Elements of the result that travel with the answer.
SAMPLE = 50
#: A range is assumed to hold a sample this often, in seconds.
INTERVAL = 15.0


async def dry_run(query: Query, backend: Backend, max_samples: int) -> tuple[DryRun, list[Finding]]:
    """Run the query once at the present. Raises BackendError for anything but a refusal.

    The findings say which selectors have no series at all: then an empty result is suspicious.
    """
    started = time.perf_counter()
    try:
        counts = await _counts(query, backend)
        samples = sum(counts[s.text] * _samples(s) for s in promql.selectors(query.expr))
        if samples > max_samples:
            told = f"the query would read about {samples:,.0f} samples, the limit is {max_samples:,}"
            told += "; narrow it, or raise TEXT2PROMQL_MAX_SAMPLES"
            return DryRun(outcome="too_expensive", warnings=[told], elapsed_ms=_ms(started)), []
        result = await backend.query(query.text)
    except QueryRejected as error:
        return DryRun(outcome="error", warnings=[str(error)], elapsed_ms=_ms(started)), []
    run = DryRun(
        outcome="ok" if result.elements else "empty",
        result_type=result.user_type,
        series=len(result.elements),
        sample=result.elements[:SAMPLE],
        warnings=result.warnings,
        elapsed_ms=_ms(started),
    )
    return run, [] if result.elements else _absent(query, counts)


def _absent(query: Query, counts: dict[str, float]) -> list[Finding]:
    findings = []
    for text, metric in {s.text: s.metric for s in promql.selectors(query.expr)}.items():
        if not counts[text]:
            at = query.text.find(text)  # not found where it is written in another way
            start, end = (at, at + len(text)) if at >= 0 else query.span("metric", metric)
            summary = f"No series matches {text} now"
            findings.append(Finding(check="selector/empty", severity="warning", summary=summary, start=start, end=end))
    return findings


async def _counts(query: Query, backend: Backend) -> dict[str, float]:
    texts = list(dict.fromkeys(s.text for s in promql.selectors(query.expr)))
    results = await asyncio.gather(*(backend.query(f"count({t})") for t in texts))
    return {t: float(r.elements[0]["value"][1]) if r.elements else 0.0 for t, r in zip(texts, results, strict=True)}


def _samples(selector: promql.Selector) -> float:
    return max(1.0, selector.range.total_seconds() / INTERVAL) if selector.range else 1.0


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
