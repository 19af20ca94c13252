"""Follow-ups: merged by rule where they only change slots, values or groups, else by the model; the rest stays."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import QueuedModel
from text2promql.catalog import Labels
from text2promql.followup import merged, stand_alone
from text2promql.pipeline import ModelCall
from text2promql.service import Service
from text2promql.settings import Settings

LABELS = Labels(
    ["service", "instance", "namespace", "env", "pod"],
    {"service": ["checkout", "payment"], "namespace": ["shop", "billing"], "env": ["prod", "staging"]},
)
HOSTS = "CPU usage of each host in percent over the last 5 minutes"
P95 = "各服务 p95 延迟，最近 5 分钟"
TOP = "top 10 services by request rate"
STAGING = "error rate per service in staging"

BY_RULE = [
    (HOSTS, "only above 80%", f"{HOSTS}, only above 80%"),
    (HOSTS, "last hour", "CPU usage of each host in percent over the last hour"),
    (HOSTS, "and yesterday?", f"{HOSTS}, yesterday"),
    (HOSTS, "top 5", f"{HOSTS}, top 5"),
    (P95, "换成 p99", "各服务 p99 延迟，最近 5 分钟"),
    (P95, "p99 instead", "各服务 p99 延迟，最近 5 分钟"),
    (P95, "最近1小时", "各服务 p95 延迟，最近 1小时"),
    (P95, "昨天呢", f"{P95}，昨天"),
    (P95, "只看 prod", f"{P95}，只看 prod"),
    (TOP, "top 5", "top 5 services by request rate"),
    (TOP, "only prod", f"{TOP}, only prod"),
    (STAGING, "only prod", "error rate per service in prod"),
    (STAGING, "how about prod?", "error rate per service in prod"),
    (STAGING, "by namespace instead", "error rate by namespace in staging"),
    (STAGING, "按命名空间分组", "error rate 按命名空间分组 in staging"),
    (STAGING, "only prod, last 1 hour", "error rate per service in prod, last 1 hour"),
    ("QPS in prod", "按服务分组", "QPS in prod, 按服务分组"),
]


@pytest.mark.parametrize(("previous", "asked", "question"), BY_RULE)
def test_slots_values_and_groups_are_merged_by_rule(previous: str, asked: str, question: str) -> None:
    assert merged(previous, asked, LABELS, frozenset()) == question


@pytest.mark.parametrize(
    "asked",
    [
        "what about memory?",
        "那内存呢",
        "memory usage of each host",
        "哪些 Pod 重启最多",
        "tell me a joke",
        "restart it",
        "?",
    ],
)
def test_what_names_something_else_is_not_merged(asked: str) -> None:
    assert merged(HOSTS, asked, LABELS, frozenset()) is None


WHOLE = [
    "memory usage of each host",
    "and what is the memory usage of each host in percent?",
    "哪些 Pod 重启最多",
    "那每个命名空间有多少 Pending 的 Pod 呢",
    "讲个笑话",
]
BY_MODEL = [
    ("what about memory?", "memory usage of each host in percent over the last 5 minutes", True),
    ("那内存呢", "内存 usage of each host in percent over the last 5 minutes", True),
    ("what about memory?", "I am sorry, I cannot help with that.", False),
    ("what about memory?", "CPU usage of each host in percent", False),
    ("what about memory?", "memory weather forecast for tomorrow please", False),
    ("what about memory?", "", False),
]


@pytest.mark.prometheus
def test_complete_questions_stay_and_others_are_rewritten_by_the_model_if_it_makes_nothing_up(
    settings: Settings,
) -> None:
    model = QueuedModel(*(reply for _, reply, _ in BY_MODEL))

    async def rewritten(service: Service, asked: str) -> tuple[str | ModelCall, int]:
        steps = [s async for s in stand_alone(service.pipeline(), HOSTS, asked)]
        return steps[-1], len(steps)

    async def go() -> None:
        service = Service.build(settings, model)
        async with service.running(warm=False):
            for asked in WHOLE:
                assert await rewritten(service, asked) == (asked, 1)
            for asked, reply, taken in BY_MODEL:
                assert await rewritten(service, asked) == (reply if taken else asked, 2)

    asyncio.run(go())
    assert "what about memory?" in model.sent[0][-1]["content"] and HOSTS in model.sent[0][-1]["content"]
