"""Reasoning: the chain of thought derived from a parsed query, and the gate that every reasoning must pass."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from text2promql import promql
from text2promql.answer import Step
from text2promql.examples import Example

__all__ = ["derive", "gate"]

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def derive(
    name: str, scenario: str, questions: Mapping[str, Sequence[str]], text: str, origin: str = "corpus"
) -> Example:
    """An example whose reasoning is derived from its query. Raises BadQuery."""
    expr = promql.parse(text)
    query = promql.to_text(expr)
    return Example(
        id=name,
        scenario=scenario,
        reasoning=promql.plan(expr),
        promql=query,
        metrics=promql.metrics(expr),
        questions={lang: list(ways) for lang, ways in questions.items() if ways},
        skeleton=promql.skeleton(query),
        origin=origin,
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
