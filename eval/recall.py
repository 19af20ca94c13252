"""Retrieval recall: does retrieval bring the right scenario and the metric that the answer needs?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eval.questions import Question
from text2promql import promql
from text2promql.catalog import Catalog
from text2promql.retrieval import Retriever

__all__ = ["Recall", "recall_of"]

EXAMPLES = 5
LINES = 15


@dataclass(frozen=True)
class Recall:
    """What retrieval found for one question; `metric` is the first metric of the first gold."""

    question: Question
    metric: str
    scenario_first: bool
    scenario: bool
    metric_first: bool
    metric_in_examples: bool
    metric_in_catalog: bool

    @property
    def metric_found(self) -> bool:
        return self.metric_in_examples or self.metric_in_catalog


async def recall_of(questions: Iterable[Question], retriever: Retriever, catalog: Catalog) -> list[Recall]:
    """The catalog must have been refreshed. Questions to be declined are left out."""
    out = []
    for question in (q for q in questions if q.golds):
        metric = promql.metrics(promql.parse(question.golds[0]))[0]
        near = [e for e, _ in (await retriever.find(question.question, catalog)).examples[:EXAMPLES]]
        out.append(
            Recall(
                question,
                metric,
                near[0].scenario == question.scenario,
                any(e.scenario == question.scenario for e in near),
                metric in near[0].metrics,
                any(metric in e.metrics for e in near),
                metric in await retriever.metrics(question.question, catalog, LINES),
            )
        )
    return out
