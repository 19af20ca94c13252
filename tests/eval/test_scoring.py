"""Execution accuracy against cases worked by hand, and two properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring import Element, compare, elements
from text2promql.backend import QueryResult

A: Element = ({"service": "a"}, 1.0)
B: Element = ({"service": "b"}, 2.0)


@pytest.mark.parametrize(
    ("gold", "found", "match", "exact"),
    [
        ([A, B], [B, A], True, True),  # order does not count
        ([A], [({"service": "a", "job": "x"}, 1.0)], True, False),  # one label set contains the other
        ([A], [({"app": "a"}, 1.0)], False, False),  # other labels
        ([A], [({}, 1.0)], True, False),
        ([A], [({"service": "a"}, 1.0 + 5e-7)], True, True),  # within the tolerance
        ([A], [({"service": "a"}, 1.00001)], False, False),
        ([A, B], [A], False, False),
        ([], [], True, True),
        ([({}, math.nan)], [({}, math.nan)], True, True),
        ([({}, math.nan)], [({}, 0.0)], False, False),
        # Both fit the first alone: the pairing must not be greedy.
        ([({}, 1.0), ({"s": "a"}, 1.0)], [({"s": "a", "j": "1"}, 1.0), ({"s": "b"}, 1.0)], True, False),
        (
            [({"s": "a"}, 1.0), ({"s": "b"}, 1.0)],
            [({"s": "a"}, 1.0), ({"s": "a", "j": "1"}, 1.0)],
            False,
            False,
        ),
    ],
)
def test_hand_worked_cases(gold: list[Element], found: list[Element], match: bool, exact: bool) -> None:
    verdict = compare(gold, found)
    assert (verdict.match, verdict.exact) == (match, exact)


def test_the_metric_name_is_left_out_and_a_scalar_is_an_element() -> None:
    assert elements("vector", [{"metric": {"__name__": "x", "a": "1"}, "value": [0, "2"]}]) == [({"a": "1"}, 2.0)]
    scalar = QueryResult({"resultType": "scalar", "result": [0, "2"]}, [])
    assert elements(scalar.type, scalar.elements) == [({}, 2.0)]


RESULTS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=2), st.floats(-1e9, 1e9)),
    max_size=8,
    unique_by=lambda e: tuple(sorted(e[0].items())),
)


@given(RESULTS)
def test_gold_matches_itself(gold: list[Element]) -> None:
    assert compare(gold, list(reversed(gold))).exact


@given(RESULTS.filter(bool), st.integers(0, 7))
def test_a_perturbed_result_never_matches(gold: list[Element], place: int) -> None:
    i = place % len(gold)
    other = [*gold[:i], (gold[i][0], max((abs(v) for _, v in gold), default=0) * 2 + 1), *gold[i + 1 :]]
    assert not compare(gold, other).match
