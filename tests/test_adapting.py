"""Adapting a known query to another question, case by case and over the whole corpus."""

from __future__ import annotations

import asyncio

import pytest

from eval.grading import Grader
from eval.world.run import RunningWorld
from offline.ingest import read_corpus
from offline.reason import reason
from text2promql import promql
from text2promql.adapting import Facts, adapt, enforce
from text2promql.backend import Backend
from text2promql.catalog import Catalog, Labels
from text2promql.linking import ordinary_words
from text2promql.promql.tree import grow
from text2promql.service import corpus_folder
from text2promql.settings import Settings
from text2promql.slots import read_slots

VALUES = {
    "service": ["cart", "checkout", "payment"],
    "instance": ["a-1:9100", "b-2:9100"],
    "code": ["200", "500", "404"],
    "le": ["0.1", "0.25", "0.5", "+Inf"],
    "port": ["1"],
    "topic": ["bills", "mails"],
    "partition": ["0", "1"],
    "state": ["active", "expired", "pending"],
    "pod": ["p-1", ""],
}
LABELS = Labels(list(VALUES), VALUES)
FACTS = {
    "requests_total": Facts("counter", LABELS),
    "duration_seconds_bucket": Facts("histogram", LABELS),
    "duration_seconds_count": Facts("histogram", LABELS),
    "duration_seconds_sum": Facts("histogram", LABELS),
    "used_bytes": Facts("gauge", LABELS),
    "size_bytes": Facts("gauge", LABELS),
}
MEAN = "sum by (service) (rate(duration_seconds_sum[5m])) / sum by (service) (rate(duration_seconds_count[5m]))"
P99 = "histogram_quantile(0.99, sum by (le, service) (rate(duration_seconds_bucket[5m])))"
RATIO = 'sum by (service) (rate(requests_total{code="500"}[5m])) / sum by (service) (rate(requests_total[5m]))'
FULL = "100 * used_bytes / size_bytes"

CASES = [
    # told, query, question, what it becomes
    ("p99 per service", P99, "p90 of checkout over 10m",
     'histogram_quantile(0.9, sum by (le, service) (rate(duration_seconds_bucket{service="checkout"}[10m])))'),
    ("mean duration per service", MEAN, "3 slowest services on average, last half hour",
     f"topk(3, {MEAN.replace('5m', '30m')})"),
    ("top 5 services by mean duration", f"topk(5, {MEAN})", "mean duration of each service", MEAN),
    ("mean duration per service", MEAN, "mean duration per service in ms",
     f"1000 * {MEAN}"),
    ("requests in the last hour by service", "sum by (service) (increase(requests_total[1h]))",
     "requests of cart in the last 2 hours", 'sum by (service) (increase(requests_total{service="cart"}[2h]))'),
    ("requests of cart in the last hour", 'sum(increase(requests_total{service="cart"}[1h]))',
     "requests of payment in the last hour", 'sum(increase(requests_total{service="payment"}[1h]))'),
    ("500 error ratio per service", RATIO, "500 error ratio per instance", RATIO.replace("service", "instance")),
    ("500 error ratio per service", RATIO, "services with a 500 error ratio over 2 %", f"100 * {RATIO} > 2"),
    ("disk usage in percent", FULL, "disks over 80 % full", f"{FULL} > 80"),
    ("disks over 90 % full", f"{FULL} > 90", "disks over 80 % full", f"{FULL} > 80"),
    ("disks over 90 % full", f"{FULL} > 90", "how many disks are over 80 % full", f"count({FULL} > 80)"),
    ("used space", "used_bytes", "used space in GiB", "used_bytes / 1024 ^ 3"),
    ("used space in GiB", "used_bytes / 1024 ^ 3", "used space", "used_bytes"),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "by how many percent did the requests per second of each service change against yesterday",
     "100 * (sum by (service) (rate(requests_total[5m])) / sum by (service) (rate(requests_total[5m] offset 1d)) - 1)"),
    ("used space", "used_bytes", "highest used space over the last 3 hours", "max_over_time(used_bytes[3h])"),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "peak of the requests per second of each service over 2 hours, 5m rate, one point a minute",
     "max_over_time(sum by (service) (rate(requests_total[5m]))[2h:1m])"),
    ("free space in 6 hours by the trend of the last 2 hours", "predict_linear(used_bytes[2h], 21600)",
     "free space in 12 hours by the trend of the last 3 hours", "predict_linear(used_bytes[3h], 43200)"),
    ("share of requests done within 500 ms",
     'sum(rate(duration_seconds_bucket{le="0.5"}[5m])) / sum(rate(duration_seconds_count[5m]))',
     "share of requests done within 250 ms",
     'sum(rate(duration_seconds_bucket{le="0.25"}[5m])) / sum(rate(duration_seconds_count[5m]))'),
    ("disk usage in percent", FULL, "how many bytes are still free on each disk", "size_bytes - used_bytes"),
    ("used space", "used_bytes", "used space added together", "sum(used_bytes)"),
    ("used space", "used_bytes", "used space of each service", "sum by (service) (used_bytes)"),
    ("disks over 90 % full", f"{FULL} > 90", "which instance has the fullest disk", f"topk(1, {FULL})"),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "404s per second of each service", 'sum by (service) (rate(requests_total{code="404"}[5m]))'),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "4xx per second of each service", 'sum by (service) (rate(requests_total{code=~"4.."}[5m]))'),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "requests per minute of each service", "60 * sum by (service) (rate(requests_total[5m]))"),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "what percentage of the requests of each service are 404s",
     '100 * sum by (service) (rate(requests_total{code="404"}[5m])) / sum by (service) (rate(requests_total[5m]))'),
    ("500 error ratio per service", RATIO, "the 2 services with the worst 500 error ratio", f"topk(2, {RATIO})"),
    ("disk usage in percent", FULL, "by how many percentage points did the disk usage change against yesterday",
     f"{FULL} - 100 * used_bytes offset 1d / size_bytes offset 1d"),
    ("highest used space of the last hour", "max(max_over_time(used_bytes[1h]))", "used space of a-1",
     'used_bytes{instance="a-1:9100"}'),
    ("requests of all services", "sum by (service) (rate(requests_total[5m]))", "requests of all services but cart",
     'sum by (service) (rate(requests_total{service!="cart"}[5m]))'),
    ("requests per second", "sum(rate(requests_total[5m]))", "每秒请求数，cart 和 checkout 不算",
     'sum(rate(requests_total{service!~"cart|checkout"}[5m]))'),
    ("requests per second of cart, by service", 'sum by (service) (rate(requests_total{service="cart"}[5m]))',
     "各服务（cart、checkout 这些）每秒请求数", "sum by (service) (rate(requests_total[5m]))"),
    ("active space", 'used_bytes{state="active"}', "已经过期的空间", 'used_bytes{state="expired"}'),
    ("space", "used_bytes", "expired space", 'used_bytes{state="expired"}'),
    ("expired space", "used_bytes", "space of cart", 'used_bytes{service="cart"}'),
    ("used space by instance", "sum by (instance) (used_bytes)", "有 pod 的 used space by instance",
     'sum by (instance) (used_bytes{pod!=""})'),
    ("requests per second of each instance", "sum by (instance) (rate(requests_total[5m]))",
     "requests per second of cart", 'sum(rate(requests_total{service="cart"}[5m]))'),
    ("requests per second of each instance", "sum by (instance) (rate(requests_total[5m]))",
     "requests per second of cart's instances", 'sum by (instance) (rate(requests_total{service="cart"}[5m]))'),
    ("requests per second of each instance", "sum by (instance) (rate(requests_total[5m]))",
     "requests per second of each port", "sum by (instance) (rate(requests_total[5m]))"),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "requests per second, all services together", "sum(rate(requests_total[5m]))"),
    ("used space of each service", "sum by (service) (used_bytes)", "哪些服务合计用了 500 字节以上",
     "sum by (service) (used_bytes) > 500"),
    ("what share of all requests does each service have",
     "sum by (service) (rate(requests_total[5m])) / on () group_left () sum(rate(requests_total[5m]))",
     "what share of all requests does cart have",
     'sum by (service) (rate(requests_total{service="cart"}[5m])) / on () group_left () sum(rate(requests_total[5m]))'),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "所有 500 请求里，cart 占总数的比例",
     'sum(rate(requests_total{service="cart", code="500"}[5m])) / scalar(sum(rate(requests_total{code="500"}[5m])))'),
    ("requests per second of cart", 'sum(rate(requests_total{service="cart"}[5m]))',
     "404s of cart 比昨天涨了百分之几",
     '100 * (sum(rate(requests_total{service="cart", code="404"}[5m]))'
     ' / sum(rate(requests_total{service="cart", code="404"}[5m] offset 1d)) - 1)'),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "cart 的 500、404 各多少", 'sum by (code) (rate(requests_total{service="cart", code=~"500|404"}[5m]))'),
    ("requests per second of each service", "sum by (service) (rate(requests_total[5m]))",
     "requests per second of each partition", "sum by (topic, partition) (rate(requests_total[5m]))"),
    ("fullest disk of each instance and service", "max by (instance, service) (used_bytes)",
     "哪个 service 合计用得最多", "topk(1, sum by (service) (max by (instance, service) (used_bytes)))"),
    ("requests per second of each service in total", "sum by (service) (rate(requests_total[5m]))",
     "what percentage of the 500s of each service did not come from b-2",
     '100 * sum by (service) (rate(requests_total{instance!="b-2:9100", code="500"}[5m]))'
     ' / sum by (service) (rate(requests_total{code="500"}[5m]))'),
    ("disks that are empty", "used_bytes == 0", "what percentage of all the disks is empty",
     "100 * count(used_bytes == 0) / count(used_bytes)"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "query", "question", "becomes"), CASES, ids=[c[2] for c in CASES])
def test_slots_are_put_into_a_known_query(told: str, query: str, question: str, becomes: str) -> None:
    made = adapt(query, told, read_slots(told), question, read_slots(question), FACTS)
    assert made.promql == becomes
    assert made.left == []


def test_two_sides_that_differ_by_a_label_keep_it() -> None:
    labels = Labels(["type", "resource"], {"type": ["hard", "used"], "resource": ["cpu", "memory"]})
    query = '100 * quota{resource="cpu", type="used"} / ignoring (type) quota{resource="cpu", type="hard"}'
    told, question = "how much of the cpu quota is used, in percent", "how much of the memory quota is used, in percent"
    made = adapt(query, told, read_slots(told), question, read_slots(question), {"quota": Facts("gauge", labels)})
    assert made.promql == query.replace("cpu", "memory")


def test_what_finds_no_place_is_told() -> None:
    made = adapt(
        "used_bytes", "used space", read_slots(""), "p99 of used space", read_slots("p99 of used space"), FACTS
    )
    assert made.left == ["quantile 0.99"]


def test_a_query_that_says_what_was_asked_stays() -> None:
    question = "p99 of checkout over 5 minutes"
    query = 'histogram_quantile(0.99, sum by (le) (rate(duration_seconds_bucket{service="checkout"}[5m])))'
    assert enforce(query, question, read_slots(question), FACTS).promql == query


EXAMPLES = [e for f in read_corpus(corpus_folder()) for e in reason(f)[1]]


def test_every_corpus_query_survives_the_tree() -> None:
    for example in EXAMPLES:
        assert str(grow(promql.parse(example.promql))) == example.promql


@pytest.mark.prometheus
def test_a_right_query_is_left_right(world: RunningWorld) -> None:
    """Enforcing a question's slots on the query that answers it must not change the answer: one in a hundred may."""

    async def harmed() -> list[str]:
        backend = Backend(Settings(backend=world.backend))
        catalog = Catalog(backend)
        await catalog.refresh()
        grader, ordinary, out = Grader(backend, world.end), ordinary_words(EXAMPLES), []
        for example in EXAMPLES:
            facts = {m: Facts(catalog.describe(m).type, await catalog.labels(m)) for m in example.metrics}
            for question in (q for ways in example.questions.values() for q in ways):
                made = enforce(example.promql, question, read_slots(question), facts, ordinary).promql
                if made != example.promql and not (await grader.grade(made, [example.promql])).match:
                    out.append(f"{question}: {made}")
        await backend.close()
        return out

    found = asyncio.run(harmed())
    asked = sum(len(ways) for e in EXAMPLES for ways in e.questions.values())
    assert len(found) <= 0.01 * asked, "\n".join(found)
