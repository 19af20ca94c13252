"""Answers and examples to keep."""

from __future__ import annotations

from text2promql.answer import Answer, ExampleRef, Status
from text2promql.reasoning import derive
from text2promql.store.knowledge import Candidate, State

__all__ = ["answer", "candidate"]


def answer(
    name: str,
    question: str = "load of each host",
    promql: str | None = "node_load1",
    conversation: str = "c",
    status: Status = "answered",
) -> Answer:
    ref = ExampleRef(id="near", question="load", promql="node_load5", score=0.9)
    return Answer(
        id=name,
        conversation_id=conversation,
        asked=question,
        question=question,
        status=status,
        promql=promql,
        examples=[ref],
    )


def candidate(name: str, question: str = "load of each host", state: State = "learned") -> Candidate:
    return Candidate(derive(name, "hosts", {"en": [question]}, "node_load1", "feedback"), state)
