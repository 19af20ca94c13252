"""Linking: which label values and groupings a question names."""

from __future__ import annotations

import pytest

from text2promql.answer import Step
from text2promql.catalog import Labels
from text2promql.examples import Example
from text2promql.linking import asked_groups, ordinary_words, says_value, values_in

VALUES = {
    "service": ["cart", "cart-api", "shop", "search"],
    "namespace": ["shop", "data", "payment"],
    "instance": ["redis-cart-0:6379", "redis-cart-1:6379", "redis-rank-0:6379"],
    "model_name": ["qwen2.5-7b-instruct", "qwen2.5-72b-instruct"],
    "le": ["0.5", "shop"],
    "ip": ["10.1.5.10:80", "10.1.6.11:80"],
    "verb": ["LIST", "get", "post"],
    "warehouse": ["hangzhou", "wuhan"],
    "sloth_slo": ["latency", "availability"],
    "key_id": ["420377", "17"],
}
LABELS = Labels(list(VALUES), VALUES)
ORDINARY = frozenset({"search", "data", "list", "latency", "log"})


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("errors of cart-api in the workshop", {"service": ("cart-api",)}),
        ("shop服务的错误", {"service": ("shop",)}),
        ("pods of namespace shop", {"namespace": ("shop",)}),
        ("payment 命名空间的 Pod", {"namespace": ("payment",)}),
        ("memory of redis-cart-0", {"instance": ("redis-cart-0:6379",)}),
        ("redis 实例 redis-cart-0 的内存", {"instance": ("redis-cart-0:6379",)}),
        ("memory of rank-0", {"instance": ("redis-rank-0:6379",)}),
        ("tokens per second of the 7b", {"model_name": ("qwen2.5-7b-instruct",)}),
        ("search the data", {}),  # ordinary words
        ("errors of the search service", {"service": ("search",)}),  # set apart by the label's name
        ("p99 over 5m", {}),
        ("more than 1.5% errors", {}),  # an amount, not 10.1.5.10
        ("logs of everything", {}),
        ("p95 of the POSTs", {"verb": ("post",)}),
        ("list the posts of shops", {"verb": ("post",)}),  # a service has no plural
        ("how long do LIST calls take", {"verb": ("LIST",)}),
        ("the cart api service", {"service": ("cart-api",)}),
        ("the redis hosts", {}),  # all of them
        ("the rank server", {"instance": ("redis-rank-0:6379",)}),
        ("memory of each rank server", {"instance": ("redis-rank-0:6379",)}),
        ("latency of cart", {"service": ("cart",)}),
        ("the latency SLOs", {"sloth_slo": ("latency",)}),
        ("latency 类的 SLO", {"sloth_slo": ("latency",)}),
        ("杭州仓的库存", {"warehouse": ("hangzhou",)}),
        ("tokens of key 420377, top 17", {"key_id": ("420377",)}),
        ("", {}),
    ],
)
def test_values_are_named_whole_or_by_a_part_that_tells(question: str, found: dict[str, tuple[str, ...]]) -> None:
    assert {n.label: n.values for n in values_in(question, LABELS, ORDINARY)} == found


def test_a_word_is_ordinary_where_examples_use_it_without_meaning_a_value() -> None:
    def example(name: str, question: str, query: str) -> Example:
        steps = [Step(step="x", promql=query)]
        return Example(
            id=name, scenario="s", questions={"en": [question]}, reasoning=steps, promql=query, metrics=[], skeleton=""
        )

    known = [example(str(i), "search requests of cart", f'x{{a="cart", b="{i}"}}') for i in range(3)]
    assert "search" in ordinary_words(known)
    assert "cart" not in ordinary_words(known)


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("requests per service", ["service"]),
        ("requests of each namespace and by instance", ["namespace", "instance"]),
        ("按命名空间统计请求数", ["namespace"]),
        ("各实例的请求", ["instance"]),
        ("requests in total", []),
        ("storage requested by services", []),
        ("storage requested by each service", ["service"]),
        ("requests across all services", []),
        ("services with more than 5 errors", ["service"]),
        ("namespaces whose requests failed", ["namespace"]),
        ("top 3 services by instance restarts", ["service"]),
        ("the highest that each of the cart Redis servers reached", ["instance"]),
    ],
)
def test_groupings_are_read_from_per_and_by(question: str, groups: list[str]) -> None:
    assert asked_groups(question, ["service", "namespace", "instance"]) == groups


def test_a_chinese_place_is_known_by_its_sound() -> None:
    regions = Labels(["region"], {"region": ["cn-beijing", "cn-hangzhou"]})
    assert [n.values for n in values_in("杭州那边还剩几张卡", regions, frozenset())] == [("cn-hangzhou",)]


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("young-generation pauses", "young", True),
        ("GETs on pods", "get", True),
        ("年轻代 GC", "young", True),
        ("firing ones, nothing pending", "pending", False),
        ("payments that were declined", "failure", True),
        ("the youngest", "young", False),
        ("instances using more than half", "used", True),
        ("已经过期的 silence", "expired", True),
        ("只读请求", "readOnly", True),
        ("微信支付", "wechat", True),
        ("on every broker", "broker-a", False),
    ],
)
def test_a_value_is_said_in_a_word_of_its_own(text: str, value: str, said: bool) -> None:
    assert says_value(text, value) is said


@pytest.mark.parametrize(
    ("label", "question"),
    [
        ("userName", "which users"),
        ("label_topology_kubernetes_io_zone", "每个可用区"),
        ("kernel_version", "per kernel"),
        ("job_namespace", "各命名空间"),
        ("instance_type", "per instance type"),
        ("clientId", "failures of each client"),
    ],
)
def test_a_label_is_called_by_the_parts_of_its_name(label: str, question: str) -> None:
    assert asked_groups(question, [label, "other"]) == [label]
    assert asked_groups("per instance", ["instance_type"]) == []


def test_what_runs_on_machines_names_them() -> None:
    names = ["mysql-user-0:9104", "mysql-user-1:9104", "mysql-pay-0:9104", "mysql-pay-1:9104"]
    machines = Labels(["instance"], {"instance": names})
    found = values_in("user 那两台 MySQL 有多少个线程在跑", machines, frozenset({"user", "mysql"}))
    assert [n.values for n in found] == [("mysql-user-0:9104", "mysql-user-1:9104")]


def test_a_word_that_means_a_value_as_often_as_not_is_no_ordinary_word() -> None:
    def example(place: str, question: str, query: str) -> Example:
        steps = [Step(step="s", promql=query)]
        return Example(
            id=place,
            scenario="s",
            questions={"en": [question]},
            reasoning=steps,
            promql=query,
            metrics=["x"],
            skeleton="",
        )

    named = [example(f"a{i}", "errors of cart", 'x{service="cart"}') for i in range(4)]
    used = [example(f"b{i}", "errors of the cart page", "x") for i in range(3)]
    assert "cart" not in ordinary_words([*named, *used])
    assert "cart" in ordinary_words([*named[:1], *used]) and "page" in ordinary_words(used)


def test_a_tag_is_no_name() -> None:
    images = Labels(["image"], {"image": ["base/mysql:latest", "base/redis:7.2"]})
    assert values_in("jobs by their latest run", images, frozenset()) == []


def test_a_word_of_a_phrase_names_no_value() -> None:
    states = Labels(["state"], {"state": ["active", "idle in transaction"]})
    assert values_in("which have a long transaction", states, frozenset()) == []
