"""Choosing among drafts by what they return, and telling what was asked before."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from text2promql.answer import DryRun, Finding
from text2promql.checks import Query
from text2promql.choosing import Tried, alike, objections, others, recalled, tried
from text2promql.drafting import Draft
from text2promql.examining import Attempt
from text2promql.reasoning import derive
from text2promql.slots import read_slots

NONE = dict.fromkeys(
    "behind missing extra foreign unplaced values groups peak quantile limit compared sister named".split(), 0.0
)


def attempt(query: str, *values: float, error: bool = False) -> Attempt:
    sample = [{"metric": {"i": str(i)}, "value": [0, str(v)]} for i, v in enumerate(values)]
    run = DryRun(outcome="ok" if values else "empty", series=len(values), sample=sample)
    findings = [Finding(check="metric/exists", severity="error", summary="no such metric")] if error else []
    return Attempt(query, Query.parse(query), findings, run)


def draft(query: str, score: float, of: str = "a", **features: float) -> Draft:
    return Draft(query, derive(of, "s", {"en": ["q"]}, of, "corpus"), score, NONE | features)


@pytest.mark.parametrize(
    ("question", "query", "values", "against"),
    [
        ("how many pods are pending", "a", [1, 2], ["rows"]),
        ("how many pods are pending", "count(a)", [2], []),
        ("how many pods are pending per namespace", "a", [1, 2], []),
        ("有多少个 Pod 在等待", "a", [1, 2], ["rows"]),
        ("各命名空间有多少个 Pod 在等待", "a", [1, 2], []),
        ("total traffic", "a", [1, 2], ["rows of a total"]),
        ("一共多少流量", "sum(a)", [3], []),
        ("top 5 hosts by load", "topk(5, a)", [1, 2], ["too few"]),
        ("top 5 hosts above 80%", "topk(5, a > 80)", [1, 2], []),
        ("load of each host", "a", [], ["nothing"]),
        ("hosts with a load above 5", "a > 5", [], []),
    ],
)
def test_what_a_result_has_against_it(question: str, query: str, values: list[float], against: list[str]) -> None:
    assert objections(attempt(query, *values), question, read_slots(question)) == against
    assert objections(attempt(query, *values, error=True), question, read_slots(question)) == ["fails"]


def test_a_draft_that_returns_what_was_asked_for_goes_before_one_that_does_not() -> None:
    attempts = {"a": attempt("a", 1, 2), "count(a)": attempt("count(a)", 2)}

    async def examine(query: str) -> Attempt:
        return attempts[query]

    made = [draft("a", 0.0), draft("count(a)", -1.0)]
    found = asyncio.run(tried(made, "how many pods are pending", examine))
    assert [t.draft.promql for t in found] == ["count(a)", "a"]
    assert asyncio.run(tried([], "how many", examine)) == []


def test_results_are_alike_by_their_values() -> None:
    assert alike(attempt("a", 1, 2).run, attempt("b", 2.001, 1).run)
    assert not alike(attempt("a", 1, 2).run, attempt("b", 1, 3).run)
    assert not alike(attempt("a", 1).run, attempt("b", 1, 1).run)


def test_other_readings_run_and_return_something_else() -> None:
    made = [("a", [1.0, 2.0]), ("a + 0", [1.0, 2.0]), ("b", [3.0]), ("max(b)", [3.0]), ("c", []), ("d", [4.0])]
    all_ = [Tried(draft(q, 0.0), attempt(q, *values), 0.0) for q, values in made]
    all_.append(Tried(draft("e", 0.0), attempt("e", 5.0, error=True), 0.0))
    assert others(all_, all_[0].attempt.run) == ["b", "d"]


def test_only_what_was_surely_asked_before_is_recalled() -> None:
    first = Tried(draft("a", 0.0), attempt("a", 1), 0.0)
    assert recalled([first]) is first
    far = Tried(draft("b", -4.0, "b", behind=0.1, missing=0.5), attempt("b", 1), -4.0)
    assert recalled([first, far]) is first
    assert recalled([]) is None
    for name in ("missing", "extra", "unplaced", "values", "behind"):
        unsure = replace(first.draft, features=NONE | {name: 0.2})
        assert recalled([replace(first, draft=unsure), far]) is None
    assert recalled([replace(first, attempt=attempt("a"))]) is None  # nothing is there
    assert recalled([replace(first, score=-2.5)]) is None  # something spoke against it
    near = Tried(draft("b", -0.5, "b", behind=0.01), attempt("b", 1), -0.5)
    same_words = Tried(draft("b", -3.0, "b", behind=0.2), attempt("b", 1), -3.0)
    assert recalled([first, near]) is None and recalled([first, same_words]) is None


def test_a_question_known_word_for_word_is_recalled_whatever_else_is_said_of_it() -> None:
    before = Tried(draft("b + 1", 0.0, "b", missing=0.5), attempt("b + 1", 1), 0.0)
    odd = Tried(replace(draft("a", -3.0, peak=1.0, groups=1.0), known=True), attempt("a", 1), -3.0)
    assert recalled([before, odd]) is odd and recalled([before]) is None
    learned = replace(odd, draft=replace(odd.draft, example=derive("c", "s", {"en": ["q"]}, "a", "feedback")))
    assert recalled([odd, learned]) is learned
    assert recalled([before, replace(odd, attempt=attempt("a", 1, error=True))]) is None
