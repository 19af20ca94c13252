"""Slots read from questions in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from text2promql.slots import Threshold, read_slots, seconds_as_duration

CASES: list[tuple[str, dict[str, Any]]] = [
    ("is checkout slower than a week ago, p50 in seconds", {"offset": 604800.0, "thresholds": ()}),
    ("哪些应用的成功率没到三个九", {"thresholds": ()}),
    ("p99 of checkout over 10 minutes", {"quantile": 0.99, "windows": (600.0,)}),
    ("Which 3 applications had the longest response time over the last 15 minutes?", {"k": 3, "windows": (900.0,)}),
    ("requests in the past half hour", {"windows": (1800.0,)}),
    ("restarts in the last hour", {"windows": (3600.0,)}),
    ("how many requests a second", {"windows": ()}),
    ("1 minute load of the hosts", {"windows": ()}),
    ("memory of K8s nodes", {"windows": ()}),
    ("过去一天的请求数", {"windows": (86400.0,)}),
    ("最近半小时平均耗时最长的 5 个接口", {"windows": (1800.0,), "k": 5, "smallest": False}),
    ("空闲最少的三台机器", {"k": 3, "smallest": True}),
    ("bottom 4 by free space", {"k": 4, "smallest": True}),
    ("the five disks that fill fastest", {"k": 5, "smallest": False}),
    ("compared with an hour ago", {"offset": 3600.0}),
    ("the same time yesterday", {"offset": 86400.0}),
    ("比上周同期多了多少", {"offset": 604800.0}),
    ("与一小时前相比", {"offset": 3600.0, "windows": ()}),
    ("full in the next 4 hours", {"horizon": 14400.0}),
    ("memory over 80 %", {"thresholds": (Threshold(">", 80.0, "percent"),)}),
    ("内存用了百分之八十以上", {"thresholds": (Threshold(">", 80.0, "percent"),)}),
    ("slower than 300 ms", {"thresholds": (Threshold(">", 0.3, "s"),)}),
    ("used more than 2 GiB", {"thresholds": (Threshold(">", 2 * 1024.0**3, "bytes"),)}),
    ("最近一小时重启超过 3 次的容器", {"thresholds": (Threshold(">", 3.0),), "windows": (3600.0,)}),
    ("past 45 minutes", {"thresholds": (), "windows": (2700.0,)}),
    ("95 分位", {"quantile": 0.95}),
    ("median duration", {"quantile": 0.5}),
    ("the slowest 5 percent of requests", {"quantile": 0.95}),
    ("CPU usage in percent", {"unit": "percent"}),
    ("内存使用率", {"unit": "percent"}),
    ("error ratio", {"unit": "ratio"}),
    ("mean time in milliseconds", {"unit": "ms"}),
    ("还剩多少 GiB", {"unit": "gib"}),
    ("traffic in Mbit/s", {"unit": "mbit"}),
    ("answered within 250 ms", {"bound": 0.25}),
    ("peak over 2 hours, one point a minute", {"windows": (7200.0,), "step": 60.0}),
    ("10m avg of the load", {"windows": (600.0,)}),
    ("耗时最高的是哪 2 个节点", {"k": 2, "smallest": False}),
    ("没到 100% 的", {"thresholds": (Threshold("<", 100.0, "percent"),)}),
    ("open for longer than a minute", {"thresholds": (Threshold(">", 60.0, "s"),), "windows": ()}),
    ("certificates expiring within 3 weeks", {"thresholds": (Threshold("<", 21 * 86400.0, "s"),), "windows": ()}),
    ("14 天内到期的证书", {"thresholds": (Threshold("<", 14 * 86400.0, "s"),), "windows": ()}),
    ("状态码不是 200", {"thresholds": (Threshold("!=", 200.0),)}),
    ("burns faster than 2x", {"thresholds": (Threshold(">", 2.0),)}),
    ("messages per minute", {"per_minute": True}),
    ("当前一分钟能来多少笔订单", {"per_minute": True, "windows": ()}),
    ("最近一分钟有多少请求", {"per_minute": False, "windows": (60.0,)}),
    ("active connections, now over 1h ago", {"thresholds": (), "offset": 3600.0}),
    ("pods restarted more than 2 hours ago", {"thresholds": (Threshold(">", 7200.0, "s"),), "offset": None}),
    ("耗时超过 1 小时前 1.2 倍的目标", {"thresholds": (), "offset": 3600.0}),
    ("top memory usage of mall-redis over 6 hours", {"thresholds": (), "windows": (21600.0,)}),
    ("哪些 redis 内存已经过了 90%", {"thresholds": (Threshold(">", 90.0, "percent"),)}),
    ("peak over 2 hours, one point a minute", {"per_minute": False}),
    ("days until the certificate expires", {"unit": "d"}),
    ("highest 5-minute error rate in the last 3 hours", {"k": None}),
    ("变化几个百分点", {"unit": "percent"}),
    ("用量超过上限 80% 的组", {"thresholds": (Threshold(">", 80.0, "percent"),)}),
    ("积压两万条以上的消费组", {"thresholds": (Threshold(">", 20000.0),)}),
    ("同时有两条以上告警", {"thresholds": (Threshold(">=", 2.0),)}),
    ("more than 20k messages", {"thresholds": (Threshold(">", 20000.0),)}),
    ("收的流量是发的 1.5 倍以上", {"thresholds": (Threshold(">", 1.5),)}),
    ("ports slower than 200 Gbit/s", {"thresholds": (Threshold("<", 25e9, "bytes"),)}),
    ("queries slower than 2 s", {"thresholds": (Threshold(">", 2.0, "s"),)}),
    ("longer than the one to Paris", {"thresholds": ()}),
    ("how much more or less than an hour ago", {"thresholds": (), "offset": 3600.0}),
    ("a TLS certificate that runs out within 20 days", {"thresholds": (Threshold("<", 20 * 86400.0, "s"),)}),
    ("用到最多核的 3 个节点", {"thresholds": (), "k": 3, "smallest": False}),
    ("which two shops have the best rate", {"k": 2, "smallest": False}),
    ("最高到过多少？一分钟取一个点", {"step": 60.0, "windows": ()}),
    ("有百分之多少的请求在 250 毫秒以内完成", {"unit": "percent", "bound": 0.25}),
    ("每台机器开机多少个小时了", {"unit": "h"}),
    ("平均用了几个 CPU 核", {"unit": "core"}),
    ("用了百分之多少个核", {"unit": "percent"}),
    ("总功耗多少千瓦", {"unit": "kw"}),
    ("丢了多少包，没丢的就别列了", {"some": True}),
    ("有哪些网卡丢过包？各丢了多少个", {"some": True}),
    ("errors per card, only cards that had any", {"some": True}),
    ("which cards got throttled and for how long", {"some": True}),
    ("errors of each card", {"some": False}),
    ("only where that's over a minute", {"thresholds": (Threshold(">", 60.0, "s"),), "windows": ()}),
    ("over a minute", {"thresholds": (), "windows": (60.0,)}),
    (
        "worst rate in the last 4 hours over 30m windows, looked at every 5 minutes",
        {"windows": (14400.0, 1800.0), "step": 300.0},
    ),
    ("use 10m rates at 5m steps", {"windows": (600.0,), "step": 300.0}),
    ("10 分钟速率，5 分钟一个点", {"windows": (600.0,), "step": 300.0}),
    ("worst rate in the last 2 hours, minute by minute", {"step": 60.0, "windows": (7200.0,)}),
    ("照最近 30 分钟的速度，一天要写多少", {"windows": (1800.0,)}),
    ("按最近 2 小时的趋势，一天以后会到多少", {"windows": (7200.0,), "horizon": 86400.0}),
    ("", {"windows": (), "k": None, "offset": None}),
]


@pytest.mark.parametrize(("question", "found"), CASES, ids=[q for q, _ in CASES])
def test_slots_are_read(question: str, found: dict[str, Any]) -> None:
    slots = read_slots(question)
    assert {name: getattr(slots, name) for name in found} == found


def test_the_masked_question_is_the_intent() -> None:
    assert read_slots("top 5 services by errors over the last 10 minutes").masked == "services by errors over the last"
    assert read_slots("4 Linux hosts with the highest CPU usage").masked == "Linux hosts with the CPU usage"
    assert "GPU memory" in read_slots("which two pods are holding the most GPU memory").masked


@pytest.mark.parametrize(("seconds", "text"), [(30, "30s"), (300, "5m"), (5400, "90m"), (86400, "1d"), (604800, "1w")])
def test_durations_are_written_as_people_do(seconds: float, text: str) -> None:
    assert seconds_as_duration(seconds) == text
