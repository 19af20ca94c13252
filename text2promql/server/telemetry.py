"""The service's own Prometheus metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from text2promql.answer import Answer

__all__ = ["Telemetry"]


class Telemetry:
    """One registry per service, so that two services in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "text2promql_answers",
            "Answers by status and origin.",
            ["status", "origin"],
            registry=self.registry,
        )
        self.failures = Counter(
            "text2promql_failures",
            "Questions that ended in an error, by kind.",
            ["kind"],
            registry=self.registry,
        )
        self.tokens = Counter("text2promql_tokens", "Model tokens by kind.", ["kind"], registry=self.registry)
        self.stages = Histogram(
            "text2promql_stage_seconds",
            "Time by stage of a question.",
            ["stage"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        )
        self.busy = Gauge("text2promql_questions_in_progress", "Questions being answered.", registry=self.registry)

    def record(self, answer: Answer) -> None:
        self.answers.labels(answer.status, answer.origin).inc()
        for stage, ms in answer.timings_ms.items():
            self.stages.labels(stage).observe(ms / 1000)
        usage = answer.usage
        self.tokens.labels("prompt").inc(usage.prompt_tokens)
        self.tokens.labels("cached").inc(usage.cached_tokens)
        self.tokens.labels("completion").inc(usage.completion_tokens)

    def text(self) -> bytes:
        return generate_latest(self.registry)
