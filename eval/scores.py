"""Scores over the records of a run, with bootstrap confidence intervals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from eval.records import Record

__all__ = ["SLICES", "interval", "percentiles", "scores"]

SLICES: dict[str, Callable[[Record], str]] = {
    "tier": lambda r: r.question.tier,
    "scenario": lambda r: r.question.scenario or "none",
    "lang": lambda r: r.question.lang,
    "idiom": lambda r: r.idiom,
    "difficulty": lambda r: str(r.question.difficulty or "none"),
}
RESAMPLES = 4000


def interval(hits: Sequence[bool]) -> list[float]:
    """The 95 % bootstrap interval of a share."""
    if not hits:
        return [0.0, 0.0]
    drawn = np.random.default_rng(0).binomial(len(hits), fmean(hits), RESAMPLES) / len(hits)
    return [round(float(x), 4) for x in np.percentile(drawn, [2.5, 97.5])]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50 and p95; empty where nothing was measured."""
    return {f"p{q}": round(float(np.percentile(values, q)), 1) for q in (50, 95)} if values else {}


def scores(records: Sequence[Record]) -> dict[str, Any]:
    """The numbers of report.json. Failures are counted apart and are part of no share."""
    done = [r for r in records if not r.failure]
    asked = [r for r in done if r.question.golds]
    declines = [r for r in done if r.question.tier == "decline"]
    answered = [r for r in done if r.status == "answered"]
    queries = [r for r in asked if r.promql]
    grades = [r.grade for r in asked if r.grade]
    return {
        "n": len(asked),
        "failures": len(records) - len(done),
        "match": _share([g.match for g in grades], len(asked)),
        "match_ci": interval([r.right for r in asked]),
        "exact": _share([g.exact for g in grades], len(asked)),
        "parses": _share([r.cause != "syntax" for r in queries], len(asked)),
        "runs": _share([g.runs for g in grades], len(asked)),
        "nonempty": _share([g.nonempty for g in grades], len(asked)),
        "metric_f1": round(fmean(_f1(r) for r in asked), 4) if asked else None,
        "scenario_found": _share([r.scenario == r.question.scenario for r in asked], len(asked)),
        "metric_shown": _share([_shown(r) for r in asked], len(asked)),
        "answered": _share([r.status == "answered" for r in asked], len(asked)),
        "answered_precision": _share([r.right for r in answered], len(answered)),
        "answered_real_names": _share([not _unreal(r) for r in answered], len(answered)),
        "decline_n": len(declines),
        "decline_recall": _share([r.right for r in declines], len(declines)),
        "false_decline": _share([r.status == "declined" for r in asked], len(asked)),
        "calibration": _calibration([r for r in asked if r.status != "declined"]),
        "first_token_ms": percentiles([r.first_token_ms for r in done if r.first_token_ms]),
        "latency_ms": percentiles([r.latency_ms for r in done if r.status != "declined"]),
        "tokens": _tokens(done),
        "model_calls": round(fmean(len(r.calls) for r in asked), 3) if asked else None,
        "causes": dict(Counter(r.cause for r in asked if not r.right).most_common()),
        "by": {name: _slice(asked, key) for name, key in SLICES.items()},
    }


def _share(hits: Sequence[bool], of: int) -> float | None:
    return round(sum(hits) / of, 4) if of else None


def _mean(values: Sequence[float]) -> float:
    return round(fmean(values), 4)


def _f1(record: Record) -> float:
    found, gold = set(record.metrics), set(record.golds_metrics)
    return 2 * len(found & gold) / (len(found) + len(gold)) if found or gold else 1.0


def _shown(record: Record) -> bool:
    return any(record.golds_metrics[0] in query for query in record.shown)


def _unreal(record: Record) -> bool:
    return any(f.severity == "error" for f in record.findings)


def _tokens(records: Sequence[Record]) -> dict[str, float]:
    told = [r.tokens for r in records if r.tokens]
    names = ("prompt", "cached", "completion")
    return {name: round(fmean(t[i] for t in told), 1) for i, name in enumerate(names)} if told else {}


def _slice(records: Sequence[Record], key: Callable[[Record], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for r in records:
        groups[key(r)].append(r.right)
    return {
        name: {"n": len(hits), "match": round(fmean(hits), 4), "ci": interval(hits)}
        for name, hits in sorted(groups.items())
    }


def _calibration(records: Sequence[Record]) -> dict[str, Any]:
    """Confidence against the share that is right, in tenths; `ece` is the mean distance, weighted by number."""
    bins: dict[int, list[Record]] = defaultdict(list)
    for r in records:
        bins[min(9, int(r.confidence * 10))].append(r)
    rows = [
        {"n": len(b), "confidence": _mean([r.confidence for r in b]), "match": _mean([r.right for r in b])}
        for _, b in sorted(bins.items())
    ]
    error = sum(row["n"] * abs(row["confidence"] - row["match"]) for row in rows)
    return {"bins": rows, "ece": round(error / len(records), 4) if records else None}
