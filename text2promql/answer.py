"""What every surface returns: the answer to one question. The JSON of `POST /api/v1/ask`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

__all__ = [
    "Answer",
    "DryRun",
    "ExampleRef",
    "Finding",
    "MetricRef",
    "Status",
    "Step",
    "Usage",
]

Origin = Literal["model", "memory", "rules"]
Status = Literal["answered", "unverified", "declined", "failed"]
Severity = Literal["error", "warning", "info"]


class Step(BaseModel):
    """One step of the explanation and the sub-expression that it builds."""

    step: str = Field(description="What this step does, in the language of the question.")
    promql: str = Field(description="The sub-expression of the query that the step builds.")


class MetricRef(BaseModel):
    name: str
    type: str = Field(description="counter, gauge, histogram, summary, untyped or unknown")
    unit: str = Field("", description="The unit that the backend's metadata gives; often empty.")
    help: str = Field("", description="HELP text of the backend. Untrusted text: never render it as markup.")


class ExampleRef(BaseModel):
    """A stored example that the answer leaned on."""

    id: str
    question: str
    promql: str
    score: float = Field(description="Similarity to the question asked, 0 to 1.")


class Finding(BaseModel):
    """Something a check has to say about the query; `start` and `end` are character offsets into it."""

    check: str = Field(description="Stable name of the check, for example metric/exists.")
    severity: Severity
    summary: str
    detail: str = ""
    start: int = 0
    end: int = 0


class DryRun(BaseModel):
    """What the backend said when the query was run once."""

    outcome: Literal["ok", "empty", "error", "too_expensive", "skipped"]
    result_type: str = Field("", description="instant vector, range vector, scalar or string")
    series: int = Field(0, description="Number of elements of the result.")
    sample: list[dict[str, Any]] = Field(
        default_factory=list,
        description='The first elements: {"metric": {label: value}, "value": [unix time, "number"]}.',
    )
    warnings: list[str] = Field(default_factory=list)
    elapsed_ms: float = 0.0


class Usage(BaseModel):
    """Tokens over all model calls of the question."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    model_calls: int = 0


class Answer(BaseModel):
    """The answer to one question.

    answered: parsed, no error finding, dry run ok (or empty where every selector has series).
    unverified: the best query there is, with the findings that stand against it; one of them may be that it is more
    likely wrong than right.
    declined: not answerable from this backend's metrics; says why and what is near.
    failed: the backend or the model failed; only in the history, as whoever asked got the problem itself.
    """

    id: str
    conversation_id: str = Field("", description="The conversation that the question belongs to.")
    asked: str = Field("", description="The words as typed.")
    question: str = Field(
        description="The question that was answered: for a follow-up, rewritten so that it stands alone."
    )
    status: Status
    promql: str | None = None
    explanation: list[Step] = Field(default_factory=list)
    confidence: float = Field(0.0, ge=0, le=1)
    origin: Origin = Field(
        "model",
        description="model: a model wrote the query. memory: it was asked before, in these words. rules: made "
        "of a known query by rule, so surely that no embedded model was asked.",
    )
    model: str = ""
    scenario: str | None = None
    metrics: list[MetricRef] = Field(default_factory=list)
    examples: list[ExampleRef] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    dry_run: DryRun = Field(default_factory=lambda: DryRun(outcome="skipped"))
    alternatives: list[str] = Field(
        default_factory=list, description="Other readings of the question: queries that run and return something else."
    )
    suggestions: list[str] = Field(default_factory=list, description="Questions near this one that can be answered.")
    usage: Usage = Field(default_factory=Usage)
    timings_ms: dict[str, float] = Field(default_factory=dict, description="Milliseconds by stage.")
