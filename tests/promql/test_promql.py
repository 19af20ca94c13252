"""Parsing with positions, printing, selectors, skeletons and explanations."""

from __future__ import annotations

import pytest

from text2promql import promql
from text2promql.errors import BadQuery

QUERIES = [
    "topk(10, sum by (service) (sum_over_time(a_s[5m])) / sum by (service) (sum_over_time(a_c[5m])))",
    '100 * (1 - avg by (instance) (rate(cpu_total{mode="idle"}[5m])))',
    'histogram_quantile(0.99, sum by (le) (rate(h_bucket{service="c"}[10m]))) > 5',
    "sum(a offset 1d) * on (ns, pod) group_left (node) b",
    "max_over_time(rate(x[5m])[1h:1m])",
    "count(x == 1) or vector(0)",
    'label_replace(a, "x", "$1", "y", "(.*)")',
    "x offset 1h - x",
    "predict_linear(x[1h], 4 * 3600) < 0",
    "-x",
    "time() - x > bool 3.5",
    "sum without (pod) (x)",
    'count_values("v", x)',
    "x and ignoring (a) y",
]


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_printed_parses_to_the_same(query: str) -> None:
    printed = promql.to_text(promql.parse(query))
    assert promql.to_text(promql.parse(printed)) == printed
    assert printed.replace(" ", "") == query.replace(" ", "")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_last_step_builds_the_whole_query(query: str, lang: str) -> None:
    expr = promql.parse(query)
    steps = promql.explain(expr, "zh" if lang == "zh" else "en")
    assert steps[-1].promql == promql.to_text(expr)
    assert all(promql.parse(s.promql) for s in steps if "[" not in s.promql or "(" in s.promql)


@pytest.mark.parametrize("query", QUERIES)
def test_the_plan_names_every_metric_and_function(query: str) -> None:
    expr = promql.parse(query)
    said = " ".join(s.step for s in promql.plan(expr))
    assert all(name in said for name in [*promql.metrics(expr), *promql.functions(expr)])


@pytest.mark.parametrize(
    ("query", "words", "position"),
    [
        ("sum(rate(x[5m]", "parenthesis", 8),
        ("sum(x))", "parenthesis", 6),
        ("rate(x)", "expected type range vector", 0),
        ("1 + foo(x)", "unknown function", 4),
        ("", "empty", 0),
    ],
)
def test_errors_name_the_mistake_and_its_place(query: str, words: str, position: int) -> None:
    with pytest.raises(BadQuery, match=words) as caught:
        promql.parse(query)
    assert caught.value.position == position


def test_users_never_read_of_a_matrix() -> None:
    with pytest.raises(BadQuery) as caught:
        promql.parse("rate(x)")
    assert "matrix" not in str(caught.value)


def test_selectors_carry_matchers_range_and_offset() -> None:
    found = promql.selectors(promql.parse('rate(x{a="1", b=~"2|3"}[5m] offset 1h) + {__name__="y"}'))
    assert [s.metric for s in found] == ["x", "y"]
    assert found[0].matchers == (("a", "=", "1"), ("b", "=~", "2|3"))
    assert found[0].range is not None and found[0].range.total_seconds() == 300
    assert found[0].text == 'x{a="1", b=~"2|3"} offset 1h'


def test_the_skeleton_masks_what_differs_between_like_queries() -> None:
    a = promql.skeleton('topk(3, rate(errors_total{job="a"}[5m])) > 10')
    assert a == 'topk(N, rate(M{job="V"}[D])) > N'
    assert a == promql.skeleton('topk(7, rate(other_total{job="b"}[1h])) > 2.5')


@pytest.mark.parametrize(
    ("query", "kind", "name", "at"),
    [
        ("up + nosuch", "metric", "nosuch", 5),
        ('up{job="nosuch"} / nosuch', "metric", "nosuch", 19),
        ('up{nosuch="a"} * on (nosuch) nosuch # nosuch', "metric", "nosuch", 29),
        ("sum by (nosuch) (nosuch)", "metric", "nosuch", 17),
        ("sum(nosuch) by (nosuch)", "label", "nosuch", 16),
        ("count(count)", "metric", "count", 6),
        ('{__name__="nosuch"}', "metric", "nosuch", 11),
        ('{"no.such", "a.b"="c"}', "metric", "no.such", 2),
        ('{"no.such", "a.b"="c"}', "label", "a.b", 13),
        ('rate(up{job="rate"}[5m])', "function", "rate", 0),
        ('sum by (job) (up{job="b", env="job"})', "value", "job", 31),
        ("up{job='a', env=`a`}", "value", "a", 17),
    ],
)
def test_names_are_found_where_they_stand(query: str, kind: str, name: str, at: int) -> None:
    promql.parse(query)
    wanted = "env" if (kind, name) == ("value", "a") else None
    found = [p for p in promql.places(query) if (p.kind, p.text) == (kind, name) and wanted in (None, p.label)]
    assert found[0].start == at and query[found[0].start : found[0].end] == name
