"""Metrics that no example has: found by the words of name and HELP, asked for in the usual forms."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from eval.setting import service_for
from eval.world.run import RunningWorld
from text2promql.answer import MetricRef
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.embeddings import Embedder
from text2promql.index import Index
from text2promql.retrieval import Retriever
from text2promql.settings import Settings
from text2promql.untaught import Strangers, forms, partners
from text2promql.wording import Wording, parts

KINDS = {"jobs": "多少", "mails": "今天", "calls": "最高"}


def metric(name: str, kind: str = "gauge", told: str = "") -> MetricRef:
    return MetricRef(name=name, type=kind, help=told)


SHOP = [
    metric("shop_parcels_lost_total", "counter", "Parcels that never arrived."),
    metric("shop_parcels_waiting", told="Parcels in the depot."),
    metric("shop_vans_driving"),
]


def likely(question: str, *words: str, wording: Wording | None = None) -> list[str]:
    said = (wording or Wording.learn([], [])).of(question)
    return list(Strangers(SHOP).likely(said, dict.fromkeys(words, 1.0), 3))


def test_a_metric_is_found_by_the_words_of_its_name_and_of_its_help() -> None:
    assert likely("lost parcels", "lost", "parcel")[0] == "shop_parcels_lost_total"
    assert likely("depot", "depot")[0] == "shop_parcels_waiting"
    assert likely("weather", "weather") == []


def test_a_metric_is_found_by_what_people_say_for_the_words_of_its_name() -> None:
    others = ("温度 heat", "内存 memory", "磁盘 disk", "订单 orders", "登录 logins", "节点 nodes", "副本 replicas")
    pairs = [("积压", "waiting"), *((x.split()[0], x.split()[1]) for x in others)]
    told = [(f"{said}{ask}", parts(f"{kind}_{word}", "x")) for said, word in pairs for kind, ask in KINDS.items()]
    wording = Wording.learn([q for q, _ in told], [some for _, some in told])
    assert likely("积压", "积压", wording=wording) == ["shop_parcels_waiting"]


def test_each_accounts_for_a_share_of_the_question() -> None:
    found = Strangers(SHOP).likely(Wording.learn([], []).of(""), {"parcel": 1.0, "lost": 2.0, "weather": 1.0}, 3)
    assert found == {"shop_parcels_lost_total": 0.75, "shop_parcels_waiting": 0.25}


def test_names_that_must_be_quoted_are_left_aside() -> None:
    odd = [metric("shop.parcels.lost"), metric("shop-parcels-lost"), metric("shop_parcels.max_lost")]
    assert Strangers([*odd, *SHOP]).likely(Wording.learn([], []).of(""), {"lost": 1.0}, 9).keys() == {SHOP[0].name}
    assert partners(metric("shop_parcels_lost"), odd, "percent") == []


@pytest.mark.parametrize(
    ("one", "known", "labels", "queries"),
    [
        (metric("a_total", "counter"), ["a_total"], [], {"sum(rate(a_total[5m]))", "sum(increase(a_total[5m]))"}),
        (metric("level"), ["level"], [], {"level", "sum(level)", "avg(level)"}),
        (metric("level"), ["level"], ["quantile"], {'level{quantile="0.99"}'}),
        (metric("boot_time_seconds"), ["boot_time_seconds"], [], {"time() - boot_time_seconds"}),
        (
            metric("t", "histogram"),
            ["t_bucket", "t_sum", "t_count"],
            ["le"],
            {
                "histogram_quantile(0.95, sum by (le) (rate(t_bucket[5m])))",
                "sum(rate(t_sum[5m])) / sum(rate(t_count[5m]))",
                "sum(rate(t_count[5m]))",
            },
        ),
        (
            metric("t", "histogram"),
            ["t_bucket"],
            ["le"],
            {"histogram_quantile(0.95, sum by (le) (rate(t_bucket[5m])))"},
        ),
    ],
)
def test_the_usual_forms(one: MetricRef, known: list[str], labels: list[str], queries: set[str]) -> None:
    assert queries <= {e.promql for e in forms(one, known, labels)}


def test_a_share_is_of_the_limit_or_of_it_and_its_opposite() -> None:
    used = metric("cache_memory_used_bytes")
    others = [used, metric("cache_memory_max_bytes"), metric("cache_memory_free_bytes"), metric("cache_keys")]
    assert [e.promql for e in partners(used, others, "percent")] == [
        "100 * cache_memory_used_bytes / (cache_memory_max_bytes > 0)",
        "100 * cache_memory_used_bytes / (cache_memory_used_bytes + cache_memory_free_bytes)",
    ]
    hits, misses = metric("cache_hits_total", "counter"), metric("cache_misses_total", "counter")
    assert [e.promql for e in partners(hits, [hits, misses], "ratio")] == [
        "sum(rate(cache_hits_total[5m])) / (sum(rate(cache_hits_total[5m])) + sum(rate(cache_misses_total[5m])))"
    ]


CORPUS = """
scenario: parcels
title: {en: Parcels, zh: 包裹}
reading: Parcels are counters by depot; nothing of this shop is in the demo world, and that is what this is for.
examples:
  - id: parcels-lost
    question: {en: ["lost parcels per second", "how fast do we lose parcels"], zh: ["每秒丢多少包裹", "丢包裹的速度"]}
    promql: sum(rate(shop_parcels_lost_total[5m]))
"""


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "redis memory used bytes of redis-cart-0 in GiB",
            'redis_memory_used_bytes{instance="redis-cart-0:6379"} / 1024 ^ 3',
        ),
        (
            "redis keyspace misses by instance, the 3 most",
            "topk(3, sum by (instance) (rate(redis_keyspace_misses_total[5m])))",
        ),
        (
            "p90 of grpc server handling seconds over 10 minutes",
            "histogram_quantile(0.9, sum by (le) (rate(grpc_server_handling_seconds_bucket[10m])))",
        ),
    ],
)
def test_a_backend_of_which_no_example_tells(
    world: RunningWorld, settings: Settings, tmp_path: Path, question: str, query: str
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "parcels.yaml").write_text(CORPUS, encoding="utf-8")

    async def run() -> list[str]:
        service = service_for(settings.model_copy(update={"index": tmp_path / "own"}), tmp_path / "corpus")
        try:
            await service.catalog.refresh()
            pipeline = service.pipeline()
            found = await pipeline.retriever.find(question, service.catalog)
            return [t.draft.promql for t in await pipeline.drafts(question, found)]
        finally:
            await service.close()

    assert query in asyncio.run(run())


@pytest.mark.prometheus
def test_help_texts_that_come_after_the_names_are_taken_up(
    world: RunningWorld, index: Path, embedder: Embedder
) -> None:
    class Late(Backend):
        late: dict[str, dict[str, str]] = {}

        async def metric_names(self) -> list[str]:
            return ["shop_crates_total"]

        async def metadata(self) -> dict[str, dict[str, str]]:
            return self.late

    async def run() -> list[list[str]]:
        backend = Late(Settings(backend=world.backend))
        catalog, retriever, said = (
            Catalog(backend, ttl=0.0),
            Retriever(Index.read(index, embedder)),
            Wording.learn([], []),
        )
        out = []
        try:
            for late in ({}, {"shop_crates_total": {"type": "counter", "help": "Parcels that left."}}):
                backend.late = late
                await catalog.refresh()
                out.append(list(retriever.untaught(catalog).likely(said.of(""), {"parcel": 1.0}, 3)))
        finally:
            await backend.close()
        return out

    assert asyncio.run(run()) == [[], ["shop_crates_total"]]
