"""Examples: past questions with their query and the reasoning between them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from text2promql.answer import Step

__all__ = ["Example", "Scenario"]


class Example(BaseModel):
    """One example after the offline job."""

    id: str
    scenario: str
    questions: dict[str, list[str]] = Field(description="Language (en, zh) to ways of asking.")
    reasoning: list[Step]
    promql: str
    metrics: list[str]
    skeleton: str
    tenant: str = ""
    origin: str = Field("corpus", description="corpus, feedback (learned from an answer) or added")

    def question(self, lang: str) -> str:
        """The first way of asking in a language, or in any."""
        ways = self.questions.get(lang) or next(q for q in self.questions.values() if q)
        return ways[0]


class Scenario(BaseModel):
    """What the examples of one scenario have in common."""

    name: str
    title: dict[str, str]
    reading: str
