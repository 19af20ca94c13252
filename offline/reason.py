"""Reason: derive the chain of thought from the parsed query, and the gate that every reasoning must pass."""

from __future__ import annotations

import re

from offline.ingest import CorpusExample, CorpusFile
from text2promql import promql
from text2promql.answer import Step
from text2promql.errors import CorpusError
from text2promql.examples import Example, Scenario

__all__ = ["gate", "reason"]

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def reason(file: CorpusFile) -> tuple[Scenario, list[Example]]:
    """A corpus file as a scenario and its examples. Raises CorpusError if a reasoning fails the gate."""
    title = {"en": file.title.en, "zh": file.title.zh}
    scenario = Scenario(name=file.scenario, title=title, reading=" ".join(file.reading.split()))
    return scenario, [_example(file.scenario, e) for e in file.examples]


def _example(scenario: str, given: CorpusExample) -> Example:
    expr = promql.parse(given.promql)
    query = promql.to_text(expr)
    derived = promql.plan(expr)
    steps = derived
    if given.reasoning:
        steps = [Step(step=text, promql="") for text in given.reasoning]
        steps[-1] = steps[-1].model_copy(update={"promql": query})
    complaint = gate(steps, query)
    if complaint:
        raise CorpusError(f"example {given.id}: its reasoning {complaint}; mend it, or leave it out to have it derived")
    asked = given.question
    return Example(
        id=given.id,
        scenario=scenario,
        reasoning=steps,
        promql=query,
        metrics=promql.metrics(expr),
        questions={k: v for k, v in (("en", asked.en), ("zh", asked.zh)) if v},
        skeleton=promql.skeleton(query),
    )


def gate(steps: list[Step], query: str) -> str | None:
    """What is wrong with a reasoning for a query, or None.

    It must name every metric and function of the query, no metric that is not in it, and end in it.
    """
    expr = promql.parse(query)
    said = {w for s in steps for w in _NAME.findall(s.step)}
    metrics = promql.metrics(expr)
    for name in metrics:
        if name not in said:
            return f"does not name the metric {name}"
    for name in promql.functions(expr):
        if name not in said:
            return f"does not name the function {name}"
    strange = [w for w in said if _looks_like_metric(w) and w not in query]
    if strange:
        return f"names {sorted(strange)[0]}, which the query does not use"
    if not steps or steps[-1].promql != query:
        return "does not end in the query"
    return None


def _looks_like_metric(word: str) -> bool:
    return word.count("_") >= 2 and word.lower() == word
