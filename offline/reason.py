"""Reason: give every example of a corpus file its chain of thought, its own or one derived from the query."""

from __future__ import annotations

from offline.ingest import CorpusExample, CorpusFile
from text2promql.answer import Step
from text2promql.errors import CorpusError
from text2promql.examples import Example, Scenario
from text2promql.reasoning import derive, gate

__all__ = ["reason"]


def reason(file: CorpusFile, origin: str = "corpus") -> tuple[Scenario, list[Example]]:
    """A corpus file as a scenario and its examples. Raises CorpusError if a reasoning fails the gate."""
    title = {"en": file.title.en, "zh": file.title.zh}
    scenario = Scenario(name=file.scenario, title=title, reading=" ".join(file.reading.split()))
    return scenario, [_example(file.scenario, e, origin) for e in file.examples]


def _example(scenario: str, given: CorpusExample, origin: str) -> Example:
    example = derive(given.id, scenario, given.question.model_dump(), given.promql, origin)
    if given.reasoning:
        steps = [Step(step=text, promql="") for text in given.reasoning]
        steps[-1] = steps[-1].model_copy(update={"promql": example.promql})
        example.reasoning = steps
    complaint = gate(example.reasoning, example.promql)
    if complaint:
        raise CorpusError(f"example {given.id}: its reasoning {complaint}; mend it, or leave it out to have it derived")
    return example
