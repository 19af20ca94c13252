"""Conversations over HTTP: what was asked is kept and found again, word for word, by its user."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.fakes import QueuedModel
from tests.server.test_app import CPU, REPLY, client, events, listening
from text2promql.processes import free_port
from text2promql.settings import Settings
from text2promql.store.database import Database

pytestmark = pytest.mark.prometheus

ME = {"X-User": "me"}
XSS = "CPU usage of each host in percent <img src=x onerror=alert(1)> 'and' \"or\""


def ask(http: TestClient, question: str = CPU, conversation: str | None = None, user: str = "me") -> dict[str, Any]:
    body = {"question": question, "conversation_id": conversation}
    answer: dict[str, Any] = http.post("/api/v1/ask", json=body, headers={"X-User": user}).json()
    return answer


def test_a_conversation_is_kept_with_what_the_model_was_sent(settings: Settings) -> None:
    with client(settings, REPLY, REPLY) as http:
        first = ask(http, XSS)
        name = first["conversation_id"]
        second = ask(http, "load of each host", name)
        declined = ask(http, "讲个笑话", name)
        assert second["conversation_id"] == declined["conversation_id"] == name
        held = http.get(f"/api/v1/conversations/{name}", headers=ME).json()
        assert [a["answer"] for a in held["answers"]] == [first, second, declined]
        assert held["title"] == XSS and held["answers"][0]["answer"]["asked"] == XSS
        (line,) = http.get("/api/v1/conversations", headers=ME).json()["conversations"]
        assert (line["id"], line["answers"]) == (name, 3)
        told = http.get("/api/v1/me/export", headers=ME).json()["conversations"][0]["answers"][0]
        (call,) = told["calls"]
        assert call["reply"].split() == REPLY.split() and call["messages"][-1]["content"].endswith(f"Question: {XSS}")
        assert call["usage"]["completion_tokens"] == 20 and call["elapsed_ms"] >= 0


def test_rename_search_share_and_delete(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        name = ask(http)["conversation_id"]
        url = f"/api/v1/conversations/{name}"
        assert http.patch(url, json={"title": "Mine"}, headers=ME).json()["title"] == "Mine"
        assert http.patch(url, json={"title": ""}, headers=ME).status_code == 422
        found = http.get("/api/v1/conversations", params={"search": "node_cpu"}, headers=ME).json()
        assert [c["id"] for c in found["conversations"]] == [name]
        before = found["conversations"][0]["updated"]
        assert http.get("/api/v1/conversations", params={"before": before}, headers=ME).json()["conversations"] == []
        token = http.post(f"{url}/share", headers=ME).json()["token"]
        shared = http.get(f"/api/v1/shared/{token}").json()
        assert shared["title"] == "Mine" and shared["shared"] == token
        assert http.get(url, headers={"X-User": "you"}).status_code == 404
        assert http.delete(f"{url}/share", headers=ME).status_code == 204
        assert http.get(f"/api/v1/shared/{token}").json()["type"] == "urn:text2promql:NotFound"
        assert http.delete(url, headers=ME).status_code == 204 and http.get(url, headers=ME).status_code == 404
        assert http.delete("/api/v1/me", headers=ME).status_code == 204
        assert http.get("/api/v1/me/export", headers=ME).json()["conversations"] == []


def test_users_have_plain_names(settings: Settings) -> None:
    with client(settings) as http:
        for name in ("a b", "x" * 65, "<b>", ""):
            assert http.get("/api/v1/conversations", headers={"X-User": name}).status_code == 422
        assert http.get("/api/v1/conversations", headers={"X-User": "a.b-c_d@e"}).status_code == 200


def test_a_follow_up_is_told_and_answered_as_rewritten(settings: Settings) -> None:
    with client(settings, REPLY, REPLY) as http:
        name = ask(http)["conversation_id"]
        body = {"question": "last hour", "conversation_id": name}
        reply = http.post("/api/v1/ask", json=body, headers={**ME, "Accept": "text/event-stream"})
        told = events(reply.text)
        assert told[0] == ("rewritten", {"asked": "last hour", "question": f"{CPU}, last hour"})
        assert told[1][0] == "retrieved"
        answer = told[-1][1]
        assert (answer["asked"], answer["question"]) == ("last hour", f"{CPU}, last hour")
        assert "[1h]" in answer["promql"] and answer["conversation_id"] == name


def test_a_question_that_failed_is_kept_and_can_be_judged(settings: Settings) -> None:
    down = settings.model_copy(update={"backend": f"http://127.0.0.1:{free_port()}"})
    with client(down) as http:
        problem = ask(http)
        held = http.get(f"/api/v1/conversations/{problem['conversation_id']}", headers=ME).json()
        (kept,) = held["answers"]
        assert kept["answer"]["status"] == "failed" and kept["answer"]["id"] == problem["answer_id"]
        assert kept["answer"]["findings"][0]["check"] == "failed/BackendUnreachable"
        stream = http.post("/api/v1/ask", json={"question": CPU}, headers={**ME, "Accept": "text/event-stream"})
        assert events(stream.text)[-1][1]["answer_id"]
        body = {"answer_id": problem["answer_id"], "verdict": "wrong", "note": "down again"}
        assert http.post("/api/v1/feedback", json=body, headers=ME).json()["state"] == "none"


def test_a_conversation_of_nobody_or_somebody_else(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        name = ask(http)["conversation_id"]
        for user, conversation in (("me", "nothing"), ("you", name)):
            problem = ask(http, CPU, conversation, user)
            assert (problem["status"], problem["type"]) == (404, "urn:text2promql:NotFound")
            assert "answer_id" not in problem


def test_an_answer_that_cannot_be_kept_is_given_and_says_so(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        database = Database(settings.store)
        with database.writing() as session:
            session.connection().exec_driver_sql("DROP TABLE answers")
        database.close()
        answer = ask(http)
        assert answer["status"] == "answered" and answer["findings"][-1]["check"] == "store/kept"
        problem = http.get("/api/v1/conversations", headers=ME).json()
        assert problem["status"] == 503 and "store" in problem["detail"]


def test_twenty_people_at_once_get_their_own_answers_one_after_the_other(settings: Settings) -> None:
    people = 20
    queries = [f"topk({n + 1}, node_load1)" for n in range(people)]
    model = EchoModel(pause=0.01)

    async def one(http: httpx.AsyncClient, n: int) -> list[tuple[str, dict[str, Any]]]:
        body = {"question": f"the {n + 1} hosts with the highest load"}
        headers = {"X-User": f"u{n}", "Accept": "text/event-stream"}
        return events((await http.post("/api/v1/ask", json=body, headers=headers)).text)

    async def all_of_them(url: str) -> list[list[tuple[str, dict[str, Any]]]]:
        async with httpx.AsyncClient(base_url=url, timeout=120) as http:
            found = await asyncio.gather(*(one(http, n) for n in range(people)))
            for n in range(people):
                got = (await http.get("/api/v1/conversations", headers={"X-User": f"u{n}"})).json()
                assert len(got["conversations"]) == 1
            return found

    served = {"parallel": 1, "model_url": "http://127.0.0.1:9/v1"}  # an endpoint has the last word
    with listening(settings.model_copy(update=served), model) as url:
        told = asyncio.run(all_of_them(url))
    assert model.most_at_once == 1
    waited = 0
    for n, own in enumerate(told):
        answer = own[-1][1]
        assert answer["question"] == f"the {n + 1} hosts with the highest load" and answer["promql"] == queries[n]
        positions = [data["position"] for name, data in own if name == "queued"]
        names = [name for name, _ in own if name != "queued"]
        assert names[0] == "retrieved"
        waited += bool(positions)
        assert not positions or (positions[-1] == 1 and own[0][0] == "queued")
    assert waited >= people - 2


class EchoModel(QueuedModel):
    """Answers each question by its own number, and counts how many it answers at once."""

    at_once = most_at_once = 0

    async def stream(self, request: Any) -> Any:
        number = request.messages[-1]["content"].rsplit("Question: the ", 1)[1].split()[0]
        self.replies.append(f"1. step\nPromQL: topk({number}, node_load1)\n")
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            async for delta in super().stream(request):
                yield delta
        finally:
            self.at_once -= 1


def test_the_stored_json_is_what_was_told(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        reply = http.post("/api/v1/ask", json={"question": CPU}, headers={**ME, "Accept": "text/event-stream"})
        answer = events(reply.text)[-1][1]
        held = http.get(f"/api/v1/conversations/{answer['conversation_id']}", headers=ME).json()
        assert json.dumps(held["answers"][0]["answer"]) == json.dumps(answer)


def test_who_goes_away_frees_the_place_for_the_next(settings: Settings) -> None:
    model = QueuedModel("word " * 4000, REPLY, pause=0.02)
    stream = {"Accept": "text/event-stream"}

    async def begin(http: httpx.AsyncClient, user: str, until: str) -> tuple[httpx.Response, AsyncIterator[str]]:
        headers = {**stream, "X-User": user}
        request = http.build_request("POST", "/api/v1/ask", json={"question": CPU}, headers=headers)
        reply = await http.send(request, stream=True)
        lines = aiter(reply.aiter_lines())  # held: once it is gone, the connection is
        while await anext(lines) != f"event: {until}":
            pass
        return reply, lines

    async def go(url: str) -> str:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            first, _held = await begin(http, "a", "reasoning")
            second, _waiting = await begin(http, "b", "queued")
            third, rest = await begin(http, "c", "queued")
            assert await anext(rest) == 'data: {"position":2}'
            await second.aclose()
            while await anext(rest) != 'data: {"position":1}':
                pass
            await first.aclose()
            return "\n".join([line async for line in rest])

    with listening(settings.model_copy(update={"parallel": 1}), model) as url:
        told = events(asyncio.run(go(url)).strip())
    assert told[0][0] == "retrieved"
    assert told[-1][1]["status"] == "answered" and model.replies == []


def test_what_is_older_than_the_retention_is_deleted(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        ask(http)
    with client(settings.model_copy(update={"retention_days": 1.0})) as http:
        assert len(http.get("/api/v1/conversations", headers=ME).json()["conversations"]) == 1
    with client(settings.model_copy(update={"retention_days": 1e-9})) as http:
        for _ in range(50):
            if not http.get("/api/v1/conversations", headers=ME).json()["conversations"]:
                break
            time.sleep(0.1)
        assert http.get("/api/v1/conversations", headers=ME).json()["conversations"] == []
