"""Drafts on the demo world: the examples' queries, their sisters and pairs, in a good order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from eval.world.run import RunningWorld
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.drafting import Draft, Drafter
from text2promql.embeddings import Embedder
from text2promql.index import Index
from text2promql.retrieval import Retriever
from text2promql.settings import Settings

pytestmark = pytest.mark.prometheus


def drafts(world: RunningWorld, index: Path, embedder: Embedder, question: str) -> list[Draft]:
    async def run() -> list[Draft]:
        backend = Backend(Settings(backend=world.backend))
        catalog, retriever = Catalog(backend), Retriever(Index.read(index, embedder))
        try:
            await catalog.refresh()
            return await Drafter(retriever, catalog).drafts(question, await retriever.find(question, catalog, 16))
        finally:
            await backend.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Redis 实例 redis-cart-0 的内存使用率", '100 * redis_memory_used_bytes{instance="redis-cart-0:6379"}'),
        (
            "the 2 redis instances with the most evicted keys per second over 15 minutes",
            "topk(2, sum by (instance) (rate(redis_evicted_keys_total[15m])))",
        ),
        ("availability of each SLO over 1h in percent", "slo:sli_error:ratio_rate1h"),
        (
            "top 4 pods by memory in the shop namespace",
            "topk(4, sum by (namespace, pod) (container_memory_working_set_bytes{",
        ),
        ("哪个 pod 内存用得最多", "topk(1, sum by (namespace, pod) (container_memory_working_set_bytes{"),
    ],
)
def test_the_first_draft(world: RunningWorld, index: Path, embedder: Embedder, question: str, query: str) -> None:
    assert query in drafts(world, index, embedder, question)[0].promql


def test_drafts_are_in_order_and_without_doubles(world: RunningWorld, index: Path, embedder: Embedder) -> None:
    found = drafts(world, index, embedder, "requests per second of checkout in the last 10 minutes")
    assert len(found) > 5
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    assert len({d.promql for d in found}) == len(found)


def test_a_pair_that_no_example_has(world: RunningWorld, index: Path, embedder: Embedder) -> None:
    question = "vLLM prompt tokens plus generation tokens per second"
    made = [d.promql for d in drafts(world, index, embedder, question)[:3]]
    assert any("vllm:prompt_tokens_total" in q and "vllm:generation_tokens_total" in q and " + " in q for q in made), (
        made
    )
