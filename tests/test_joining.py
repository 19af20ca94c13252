"""Queries joined with what another metric knows."""

from __future__ import annotations

import pytest

from text2promql.adapting import Facts
from text2promql.catalog import Labels
from text2promql.joining import joined, joins_of
from text2promql.promql import parse
from text2promql.promql.tree import grow

LABELS = Labels(["instance", "command"], {"instance": ["a-1", "b-2"], "command": ["get", "set"]})
FACTS = {"calls_total": Facts("counter", LABELS), "clients": Facts("gauge", LABELS)}
INFO = Labels(
    ["instance", "role", "firmware_version"], {"role": ["master", "slave"], "firmware_version": ["1.2", "1.3"]}
)
ROLES = "clients * on (instance) group_left (role) node_info"
FIRMWARE = "clients * on (instance) group_left (firmware_version) node_info"
PRIMARIES = "clients and on (instance) is_replica == 0"
CALLS = "sum by (instance) (rate(calls_total[5m]))"

CASES = [
    # the join's example, the query, the question, what it becomes
    (ROLES, "clients", "clients, masters only", ['clients and on (instance) node_info{role="master"}']),
    (ROLES, CALLS, "只看从库的每秒调用数", [f'{CALLS} and on (instance) node_info{{role="slave"}}']),
    (PRIMARIES, f"topk(2, {CALLS})", "2 primaries with the most calls",
     [f"topk(2, {CALLS} and on (instance) is_replica == 0)"]),
    (PRIMARIES, CALLS, "calls on the replicas", []),
    (PRIMARIES, "sum(rate(calls_total[5m]))", "calls of the primaries in total", []),
    (FIRMWARE, CALLS, "calls per firmware version",
     [f"sum by (firmware_version) ({CALLS} * on (instance) group_left (firmware_version) node_info)"]),
    (FIRMWARE, "clients / 1024", "各固件版本 firmware 的连接数", []),
    (FIRMWARE, "sum by (command) (rate(calls_total[5m]))", "calls per firmware version",
     ["sum by (firmware_version) (rate(calls_total[5m]) * on (instance) group_left (firmware_version) node_info)"]),
    (ROLES, 'clients{command="slave"}', "clients of the slaves", []),
    (ROLES, CALLS, "calls of each instance", []),
]  # fmt: skip


@pytest.mark.parametrize(("example", "query", "question", "becomes"), CASES)
def test_a_query_is_joined_with_what_the_question_asks_for(
    example: str, query: str, question: str, becomes: list[str]
) -> None:
    made = [str(t) for join in joins_of(example) for t in joined(grow(parse(query)), join, question, INFO, FACTS)]
    assert made == becomes


def test_only_plain_metrics_and_their_states_are_joined_with() -> None:
    assert [join.metric for join in joins_of("a and on (x) b{y='1'} == 1")] == ["b"]
    assert joins_of("a and on (x) b > 5") == []
    assert joins_of("a / on (x) b") == []
    assert joins_of("sum(") == []
