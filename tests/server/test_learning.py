"""Feedback and examples over HTTP, and the service killed in the middle of learning."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from tests.fakes import QueuedModel
from tests.server.serving import serving
from tests.server.test_app import CPU, REPLY, client
from text2promql.memory import Memory
from text2promql.service import Service
from text2promql.settings import Settings
from text2promql.store import Store

pytestmark = pytest.mark.prometheus

ME = {"X-User": "me"}
ODD = "how grumpy are our dear machines"
MINE = "max by (instance) (node_load5)"


def test_right_wrong_and_review(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        answer = http.post("/api/v1/ask", json={"question": ODD}, headers=ME).json()
        assert answer["status"] == "declined"
        body = {
            "answer_id": answer["id"],
            "verdict": "wrong",
            "category": "metric",
            "corrected_promql": MINE,
            "note": "<b>no</b>",
        }
        judged = http.post("/api/v1/feedback", json=body, headers=ME).json()
        assert judged["state"] == "pending" and judged["verdict"] == "wrong" and judged["detail"]
        stored = http.get(f"/api/v1/conversations/{answer['conversation_id']}", headers=ME).json()["answers"][0]
        assert (stored["verdict"], stored["corrected_promql"], stored["note"]) == ("wrong", MINE, "<b>no</b>")
        page = http.get("/api/v1/examples", params={"state": "pending"}).json()
        assert page["total"] == 1 and page["examples"][0]["questions"] == {"en": [ODD]}
        url = f"/api/v1/examples/{judged['example_id']}"
        assert http.post(f"{url}/approve", headers=ME).json()["state"] == "learned"
        learned = http.get("/api/v1/examples", params={"state": "learned", "search": "GRUMPY"}).json()["examples"]
        assert [e["id"] for e in learned] == [judged["example_id"]] and learned[0]["origin"] == "feedback"
        assert http.post(f"{url}/reject", headers=ME).json()["state"] == "rejected"
        assert http.delete(url, headers=ME).status_code == 204
        assert http.delete(url, headers=ME).status_code == 404
        missing = http.post("/api/v1/feedback", json={"answer_id": "x", "verdict": "right"}, headers=ME)
        assert missing.status_code == 404 and "no answer x" in missing.json()["detail"]
        for bad in ({"answer_id": "x", "verdict": "good"}, {"answer_id": "x", "verdict": "right", "category": "x"}):
            assert http.post("/api/v1/feedback", json=bad, headers=ME).status_code == 422


def test_examples_of_the_corpus_and_added_ones(settings: Settings) -> None:
    with client(settings.model_copy(update={"learning": "auto"})) as http:
        corpus = http.get("/api/v1/examples", params={"state": "corpus", "limit": 2, "offset": 1}).json()
        assert corpus["total"] > 900 and len(corpus["examples"]) == 2
        name = corpus["examples"][0]["id"]
        assert http.delete(f"/api/v1/examples/{name}").status_code == 409
        assert http.post(f"/api/v1/examples/{name}/reject").status_code == 409
        added = http.post("/api/v1/examples", json={"question": ODD, "promql": MINE, "scenario": "mine"}, headers=ME)
        assert added.status_code == 201 and added.json()["state"] == "learned" and added.json()["scenario"] == "mine"
        again = http.post("/api/v1/examples", json={"question": ODD, "promql": MINE}, headers=ME)
        assert again.status_code == 409 and added.json()["id"] in again.json()["detail"]
        refused = http.post("/api/v1/examples", json={"question": CPU, "promql": "node_lod1"})
        assert refused.status_code == 422 and "node_lod1" in refused.json()["detail"]
        assert http.get("/api/v1/examples").json()["total"] > 901
        assert http.get("/api/v1/examples").json()["examples"][0]["id"] == added.json()["id"]


def test_a_kill_in_the_middle_of_learning_loses_nothing_that_was_acknowledged(settings: Settings) -> None:
    learned: dict[str, str] = {}  # answer to example

    def ask(url: str) -> list[str]:
        with httpx.Client(base_url=url, timeout=30, headers=ME) as http:
            asked = [http.post("/api/v1/ask", json={"question": f"{ODD} {n}"}).json() for n in range(30)]
        return [a["id"] for a in asked]

    def teach(url: str, answers: list[str], first: int) -> None:
        with httpx.Client(base_url=url, timeout=30, headers=ME) as http:
            for n, answer in enumerate(answers, first):
                body = {"answer_id": answer, "verdict": "wrong", "corrected_promql": f"topk({n}, node_load5)"}
                try:
                    judged = http.post("/api/v1/feedback", json=body).json()
                except httpx.TransportError:
                    return
                learned[answer] = judged["example_id"]

    replies = ["1. some step\nPromQL: avg(node_load1)\n"] * 60
    with serving(settings.model_copy(update={"learning": "auto"}), replies) as (url, child):
        answers = ask(url)
        writers = [threading.Thread(target=teach, args=(url, answers[n : n + 10], n + 1)) for n in (0, 10, 20)]
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + 60
        while len(learned) < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        child.kill()
        for writer in writers:
            writer.join()
    assert 8 <= len(learned) < 30 and None not in learned.values()
    service = Service.build(settings, QueuedModel())
    kept = {o.example.id for o in service.store.knowledge.examples("learned")}
    assert set(learned.values()) <= kept and len(kept) <= len(learned) + 3  # each writer had one under way
    stored = [service.store.history.conversation("me", c.id) for c in service.store.history.conversations("me")]
    verdicts = {a.answer.id: a.verdict for c in stored for a in c.answers}
    assert verdicts.keys() == set(answers) and all(verdicts[name] == "wrong" for name in learned)
    assert sum(v == "wrong" for v in verdicts.values()) == len(kept)
    index = service.retriever.index
    assert {e.id for e in index.examples.values() if e.origin != "corpus"} == kept
    for name in kept:
        question = index.examples[name].question("en")
        assert index.vectors.similarity_search(question, 1)[0].metadata["example"] == name
    service.store.close()


def test_memory_follows_the_store_and_embeds_nothing_twice(settings: Settings) -> None:
    service = Service.build(settings, QueuedModel())
    with client(settings.model_copy(update={"learning": "auto"})) as http:
        http.post("/api/v1/examples", json={"question": ODD, "promql": MINE})
    service.memory.refresh()
    before = service.retriever
    assert any(e.promql == MINE for e in before.index.examples.values())
    service.memory.refresh()
    assert service.retriever is before

    class Forbidden(type(service.embedder)):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            assert not texts, "embedded again"
            return []

    store = Store(settings.store)
    again = Memory(service.retriever.index, settings.index, Forbidden(), store.knowledge)
    assert any(e.promql == MINE for e in again.retriever.index.examples.values())
    store.close()
    service.store.close()
