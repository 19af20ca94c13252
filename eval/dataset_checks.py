"""Checks on datasets: are the golds true on the world, do wrong queries fail, and was nothing taught beforehand?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.grading import Grader
from eval.questions import Question
from eval.scoring import compare
from text2promql import promql
from text2promql.embeddings import Embedder
from text2promql.errors import QueryRejected
from text2promql.examples import Example

__all__ = ["Nearest", "canonical", "complaints", "leaks", "nearest_examples"]

WRONG = 2
#: A question as near as this to an example, with the same skeleton, is reported by the leak check.
NEAR = 0.95

_LABELS = re.compile(r"(?<=\()[a-zA-Z_][\w, ]*(?=\))")
_PUNCTUATION = re.compile(r"[\W_]+")


async def complaints(question: Question, grader: Grader) -> list[str]:
    """What is wrong with the golds and wrong queries of one question. Raises BackendError."""
    if question.tier == "decline":
        return []
    out = []
    golds = []
    for gold in question.golds:
        try:
            results = await grader.results(gold)
        except QueryRejected as error:
            return [f"{question.id}: the gold {gold} does not run: {error}"]
        golds.append(results)
        if not all(results):
            out.append(f"{question.id}: the gold {gold} returns nothing at one of the three times")
        elif any(all(math.isnan(v) or math.isinf(v) for _, v in r) for r in results):
            out.append(f"{question.id}: the gold {gold} returns only NaN or infinity")
    if len(question.wrong) < WRONG:
        out.append(f"{question.id}: {len(question.wrong)} wrong queries, at least {WRONG} are needed")
    for wrong in question.wrong:
        try:
            found = await grader.results(wrong)
        except QueryRejected as error:
            out.append(f"{question.id}: the wrong query {wrong} does not run, so it shows nothing: {error}")
            continue
        if any(all(compare(g, f).match for g, f in zip(gold, found, strict=True)) for gold in golds):
            out.append(f"{question.id}: the wrong query {wrong} matches a gold")
    return out


def canonical(query: str) -> str:
    """A spelling that is the same for queries that differ in layout and in the order of labels alone."""
    text = promql.to_text(promql.parse(query))
    text = _LABELS.sub(lambda m: ", ".join(sorted(part.strip() for part in m.group().split(","))), text)
    while text.startswith("(") and _encloses(text):
        text = text[1:-1]
    return text


def _encloses(text: str) -> bool:
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if not depth:
            return i == len(text) - 1
    return False


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", text.casefold()) or text


@dataclass(frozen=True)
class Nearest:
    """The example nearest to a question; `skeleton` tells whether one of the golds has the example's skeleton."""

    question: Question
    example: Example
    similarity: float
    skeleton: bool


def nearest_examples(questions: Sequence[Question], examples: Sequence[Example], embedder: Embedder) -> list[Nearest]:
    """For each question the example with the most similar phrasing (cosine)."""
    ways = [(e, text) for e in examples for texts in e.questions.values() for text in texts]
    known = np.array(embedder.embed_documents([text for _, text in ways]), dtype=np.float32)
    asked = np.array([embedder.embed_query(q.question) for q in questions], dtype=np.float32)
    scores = asked @ known.T
    out = []
    for question, row in zip(questions, scores, strict=True):
        place = int(row.argmax())
        example = ways[place][0]
        same = any(promql.skeleton(gold) == example.skeleton for gold in question.golds)
        out.append(Nearest(question, example, float(row[place]), same))
    return out


def leaks(questions: Iterable[Question], examples: Sequence[Example]) -> list[str]:
    """Questions whose answer, or whose very wording, stands in the corpus: identical intent and slots."""
    taught = {canonical(e.promql): e.id for e in examples}
    worded = {_bare(text): e.id for e in examples for texts in e.questions.values() for text in texts}
    out = []
    for q in questions:
        out += [
            f"{q.id}: the gold {gold} is the query of the example {taught[canonical(gold)]}"
            for gold in q.golds
            if canonical(gold) in taught
        ]
        if _bare(q.question) in worded:
            out.append(f"{q.id}: the question stands in the example {worded[_bare(q.question)]}")
    asked = Counter(_bare(q.question) for q in questions)
    return out + [f"the question {text!r} stands {n} times in the datasets" for text, n in asked.items() if n > 1]
