"""Two measures put together."""

from __future__ import annotations

import pytest

from text2promql.adapting.measure import measures
from text2promql.pairing import Measure, best_pairs, operators
from text2promql.words import words


@pytest.mark.parametrize(
    ("question", "signs"),
    [
        ("prompt plus generated tokens", ["+"]),
        ("connections to spare", ["-"]),
        ("requests queued for every running one", ["/"]),
        ("磁盘读加写的吞吐", ["+"]),
        ("还剩多少连接", ["-"]),
        ("是昨天的多少倍", ["/"]),
        ("收的流量是发的 1.5 倍以上", ["/"]),
        ("share of their calls that are slow", ["/"]),
        ("loaded rows as % of the stored ones", ["/"]),
        ("CPU usage of each node", []),
        ("which links went down, and how many times", []),
        ("SQL 平均每次执行要多少毫秒", ["/"]),
        ("budget left for each of its objectives", ["-"]),
    ],
)
def test_the_words_between_tell_the_operator(question: str, signs: list[str]) -> None:
    assert operators(question) == signs


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("topk(3, 100 * sum by (a) (rate(x[5m])) / sum by (a) (rate(y[5m])))",
         ["sum by (a) (rate(x[5m]))", "sum by (a) (rate(y[5m]))"]),
        ("used / 1024 ^ 3 > 5", ["used"]),
        ("histogram_quantile(0.9, sum by (le) (rate(b[5m])))", []),
        ("sum(", []),
    ],
)  # fmt: skip
def test_a_query_is_taken_apart_into_its_measures(query: str, found: list[str]) -> None:
    assert [str(tree) for tree, _ in measures(query)] == found


def pair(question: str, *queries: str) -> list[str]:
    some = [
        Measure(tree, metric, frozenset(words(metric)), query) for query in queries for tree, metric in measures(query)
    ]
    asked = words(question)
    explained = lambda known: sum(w in known for w in asked) / len(asked)  # noqa: E731
    positions = {w: i for i, w in reversed(list(enumerate(asked)))}
    return [p.query for _, p in best_pairs(question, operators(question), some, positions, explained)]


def test_a_sum_is_of_one_kind_and_family() -> None:
    read, write = "sum by (host) (rate(disk_read_bytes_total[5m]))", "sum by (host) (rate(disk_write_bytes_total[5m]))"
    assert pair("disk read plus disk write", read, write) == [f"{read} + {write}"]
    assert pair("disk read plus disk write", read, "disk_write_queue") == []


def test_what_is_left_is_taken_from_the_whole() -> None:
    assert pair("pool connections to spare", "pool_connections_used", "pool_connections_limit") == []
    assert pair("used pool connections to spare of the limit", "pool_connections_used", "pool_connections_limit") == [
        "pool_connections_limit - pool_connections_used"
    ]


def test_a_ratio_stands_in_the_order_of_the_question() -> None:
    question = "requests waiting for every request running"
    assert (
        pair(question, "sum(requests_running)", "sum(requests_waiting)")[0]
        == "sum(requests_waiting) / sum(requests_running)"
    )
