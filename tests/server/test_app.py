"""The HTTP surface over a real Prometheus: JSON, events, problems, disconnects, the token, the OpenAPI."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from tests.fakes import QueuedModel
from text2promql.client import ask_service
from text2promql.errors import BackendUnreachable, BadQuestion
from text2promql.processes import free_port
from text2promql.server import create_app
from text2promql.service import Service
from text2promql.settings import Settings

pytestmark = pytest.mark.prometheus

CPU = "CPU usage of each host in percent"
REPLY = '1. step\nPromQL: 100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))\n'


@contextmanager
def client(settings: Settings, *replies: str) -> Iterator[TestClient]:
    with TestClient(create_app(Service.build(settings, QueuedModel(*replies)))) as found:
        yield found


@contextmanager
def listening(settings: Settings, model: QueuedModel) -> Iterator[str]:
    """The service on a real socket, so that a disconnect is a disconnect."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_app(Service.build(settings, model)), host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [b.split("\n") for b in text.strip().split("\n\n")]
    return [(b[0].removeprefix("event: "), json.loads(b[1].removeprefix("data: "))) for b in blocks]


def test_ask_as_json(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        answer = http.post("/api/v1/ask", json={"question": CPU}).json()
    assert answer["status"] == "answered" and answer["dry_run"]["series"] == 8
    assert {
        "id",
        "question",
        "promql",
        "explanation",
        "confidence",
        "origin",
        "model",
        "usage",
    } <= answer.keys()


def test_ask_as_events_in_order(settings: Settings) -> None:
    # A query that a check objects to: the draft from the nearest example takes its place.
    with client(settings, "1. a\nPromQL: rate(node_load1[5m])\n") as http:
        reply = http.post("/api/v1/ask", json={"question": CPU}, headers={"Accept": "text/event-stream"})
    assert reply.headers["content-type"].startswith("text/event-stream")
    names = [n for n, _ in events(reply.text)]
    told = [n for i, n in enumerate(names) if n != "reasoning" or names[i - 1] != "reasoning"]
    assert told == [
        "retrieved",
        "reasoning",
        "draft",
        "finding",
        "repaired",
        "dry_run",
        "answer",
    ]


@pytest.mark.parametrize("question", ["", "x" * 100_000, "\x00\x00"])
def test_a_bad_question_is_a_problem_document(settings: Settings, question: str) -> None:
    with client(settings) as http:
        reply = http.post("/api/v1/ask", json={"question": question})
    assert reply.status_code == 422 and reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["type"] == "urn:text2promql:BadQuestion" and reply.json()["detail"]


def test_the_client_raises_what_the_service_met(settings: Settings) -> None:
    async def ask(question: str, url: str) -> None:
        async for _ in ask_service(url, question, settings):
            pass

    down = settings.model_copy(update={"backend": f"http://127.0.0.1:{free_port()}"})
    with listening(settings, QueuedModel()) as url, pytest.raises(BadQuestion, match="not text"):
        asyncio.run(ask("\x00\x00", url))
    with listening(down, QueuedModel()) as url, pytest.raises(BackendUnreachable):  # told within the stream
        asyncio.run(ask(CPU, url))


def test_a_request_without_a_question_names_the_field(settings: Settings) -> None:
    with client(settings) as http:
        reply = http.post("/api/v1/ask", json={"qestion": "x"})
    assert reply.status_code == 422 and "question" in reply.json()["detail"]


def test_the_backend_down_is_told_in_both_shapes(settings: Settings) -> None:
    down = settings.model_copy(update={"backend": f"http://127.0.0.1:{free_port()}"})
    with client(down) as http:
        plain = http.post("/api/v1/ask", json={"question": CPU})
        stream = http.post("/api/v1/ask", json={"question": CPU}, headers={"Accept": "text/event-stream"})
        ready = http.get("/readyz")
    assert plain.status_code == 502 and "--backend" in plain.json()["detail"]
    assert events(stream.text)[-1][0] == "error"
    assert ready.status_code == 503 and "cannot reach" in ready.json()["detail"]


def test_a_backend_that_goes_makes_the_service_unready(settings: Settings) -> None:
    service = Service.build(settings, QueuedModel())
    with TestClient(create_app(service)) as http:
        assert http.get("/readyz").status_code == 200
        service.backend.url = f"http://127.0.0.1:{free_port()}"
        gone = http.get("/readyz")  # though the catalog is known
    assert gone.status_code == 503 and "cannot reach" in gone.json()["detail"]


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_generation_stops_when_the_client_goes(settings: Settings, accept: str) -> None:
    model = QueuedModel("word " * 400, pause=0.05)
    body = json.dumps({"question": CPU}).encode()
    with listening(settings, model) as url:
        port = int(url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as s:
            head = f"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
            s.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            deadline = time.monotonic() + 10
            while model.tokens_streamed < 5 and time.monotonic() < deadline:
                time.sleep(0.05)
        deadline = time.monotonic() + 5
        while not model.closed_early and time.monotonic() < deadline:
            time.sleep(0.05)
    assert model.closed_early and model.tokens_streamed < 150


def test_the_other_routes(settings: Settings, world: Any) -> None:
    with client(settings) as http:
        assert http.get("/healthz").json()["service"] == "text2promql"
        assert http.get("/readyz").json()["status"] == "ready"
        page = http.get("/api/v1/catalog", params={"search": "node_load", "limit": 2}).json()
        assert page["total"] == 3 and [m["name"] for m in page["metrics"]] == ["node_load1", "node_load15"]
        assert len(page["scenarios"]) >= 10
        assert len(http.get("/api/v1/questions").json()["questions"]) >= 10
        assert http.get("/api/v1/query", params={"query": "count(node_load1)"}).json()["data"]["result"]
        ranged = {"query": "node_load1", "start": world.end - 600, "end": world.end, "step": 60}
        assert len(http.get("/api/v1/query_range", params=ranged).json()["data"]["result"]) == 8
        assert http.get("/api/v1/query", params={"query": "sum("}).status_code == 422
        checked = http.post("/api/v1/validate", json={"query": "rate(node_load1[5m])"}).json()
        assert not checked["valid"] and checked["findings"][0]["check"] == "function/type"
        assert http.post("/api/v1/validate", json={"query": "sum("}).json()["findings"][0]["check"] == "promql/syntax"
        assert http.post("/api/v1/validate", json={"query": "node_load1"}).json() == {
            "valid": True,
            "findings": [],
        }
        steps = http.post("/api/v1/explain?lang=zh", json={"query": "sum(node_load1)"}).json()["steps"]
        assert "求和" in steps[-1]["step"]


def test_own_metrics_count_what_happened(settings: Settings) -> None:
    with client(settings, REPLY) as http:
        http.post("/api/v1/ask", json={"question": CPU})
        http.post("/api/v1/ask", json={"question": "讲个笑话"})
        text = http.get("/metrics").text
    assert 'text2promql_answers_total{origin="model",status="answered"} 1.0' in text
    assert 'text2promql_answers_total{origin="model",status="declined"} 1.0' in text
    assert 'text2promql_tokens_total{kind="completion"} 20.0' in text
    assert 'text2promql_stage_seconds_count{stage="retrieve"}' in text


def test_a_token_guards_the_api_and_not_the_probes(settings: Settings) -> None:
    guarded = Settings.model_validate({**settings.model_dump(), "token": "t0ken"})
    with client(guarded, REPLY) as http:
        assert http.post("/api/v1/ask", json={"question": CPU}).status_code == 401
        assert http.get("/api/v1/catalog", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert http.get("/api/v1/catalog", headers={"Authorization": "Bearer t0ken"}).status_code == 200
        assert http.get("/healthz").status_code == 200


def test_every_field_of_the_openapi_is_typed_and_every_route_described(settings: Settings) -> None:
    with client(settings) as http:
        spec = http.get("/openapi.json").json()
    for name, schema in spec["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            assert told.keys() & {"type", "$ref", "anyOf", "allOf", "enum", "const"}, f"{name}.{field} has no type"
    for path, methods in spec["paths"].items():
        assert all(m.get("summary") for m in methods.values()), path
    assert "/api/v1/ask" in spec["paths"]
    assert "text/event-stream" in spec["paths"]["/api/v1/ask"]["post"]["responses"]["200"]["content"]


def test_the_page_is_served_with_a_strict_policy(settings: Settings) -> None:
    with client(settings) as http:
        page = http.get("/")
        assert "text/html" in page.headers["content-type"]
        assert "script-src 'self'" in page.headers["content-security-policy"]
        named = re.findall(r'(?:src|href)="\./(static/[^"]+)"', page.text)
        assert {Path(n).suffix for n in named} == {".js", ".css", ".svg"}
        assert all(http.get(n).status_code == 200 for n in named)


def test_a_page_that_is_not_built_says_what_to_do(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("text2promql.server.app.chat_folder", lambda: tmp_path / "dist")
    with client(settings) as http:
        page = http.get("/")
        assert page.status_code == 503 and "make page" in page.text
        assert http.get("/static/theme.js").status_code == 404
