"""The pass-through for query editors, the page's settings, and the OpenAPI of all of it."""

from __future__ import annotations

import httpx
import pytest

from eval.world.run import RunningWorld
from tests.server.test_app import client
from text2promql import backend as backends
from text2promql.processes import free_port
from text2promql.settings import Settings

pytestmark = pytest.mark.prometheus


def test_what_the_backend_says_is_passed_on_as_it_is(settings: Settings, world: RunningWorld) -> None:
    paths = [
        ("labels", {"match[]": "node_load1"}),
        ("label/instance/values", {"match[]": "node_load1"}),
        ("series", {"match[]": "node_load1"}),
        ("metadata", {"metric": "node_load1"}),
        ("query", {"query": "count(node_load1)", "time": str(world.end)}),
        ("query_range", {"query": "node_load1", "start": str(world.end - 60), "end": str(world.end), "step": "60"}),
    ]
    with client(settings) as http:
        for path, form in paths:
            direct = httpx.get(f"{world.backend}/api/v1/{path}", params=form).json()
            assert direct["data"]
            assert http.get(f"/prometheus/api/v1/{path}", params=form).json() == direct
            assert http.post(f"/prometheus/api/v1/{path}", data=form).json() == direct


def test_nothing_else_is_passed_on_and_errors_are_problems(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with client(settings) as http:
        for path in ("targets", "rules", "admin/tsdb/snapshot", "status/config", "label/../targets/values"):
            assert http.get(f"/prometheus/api/v1/{path}").status_code in (404, 422)
        bad = http.get("/prometheus/api/v1/query", params={"query": "sum("})
        assert bad.status_code == 422 and bad.json()["type"] == "urn:text2promql:QueryRejected"
        assert http.get("/prometheus/api/v1/label/a%2Fb/values").status_code in (404, 422)
        assert http.get("/prometheus/api/v1/label/a%3Fb/values").status_code == 422
        long = http.post("/prometheus/api/v1/query", data={"query": "x" * 100_000})
        assert long.status_code == 422 and "shorten" in long.json()["detail"]
        monkeypatch.setattr(backends, "LARGEST", 1000)
        large = http.get("/prometheus/api/v1/series", params={"match[]": '{__name__!=""}'})
        assert large.status_code == 422 and "fewer series" in large.json()["detail"]
    down = settings.model_copy(update={"backend": f"http://127.0.0.1:{free_port()}"})
    with client(down) as http:
        assert http.get("/prometheus/api/v1/labels").status_code == 502


def test_the_page_settings_answer_without_the_token_and_the_rest_does_not(settings: Settings) -> None:
    guarded = Settings.model_validate({**settings.model_dump(), "token": "t0ken", "public_grafana_url": "http://g"})
    with client(guarded) as http:
        page = http.get("/api/v1/page").json()
        assert page["needs_token"] is True and page["learning"] == "review" and page["model"] == "queued"
        assert page["prometheus_url"] is None and page["grafana_url"] == "http://g"
        assert page["backend"] == settings.backend and page["version"]
        for path in ("/prometheus/api/v1/labels", "/api/v1/conversations", "/api/v1/shared/x", "/api/v1/examples"):
            assert http.get(path).status_code == 401


def test_every_new_field_is_described_and_every_problem_declared(settings: Settings) -> None:
    with client(settings) as http:
        spec = http.get("/openapi.json").json()
    new = (
        "Conversation ConversationSummary Conversations StoredAnswer Feedback Judged Conflict KnownExample "
        "KnownExamples NewExample NewTitle Page UserData Shared"
    )
    for name in new.split():
        for field, told in spec["components"]["schemas"][name]["properties"].items():
            assert told.get("description"), f"{name}.{field}"
    assert "404" in spec["paths"]["/api/v1/feedback"]["post"]["responses"]
    assert "409" in spec["paths"]["/api/v1/examples/{name}"]["delete"]["responses"]
    assert "X-User" in {p["name"] for p in spec["paths"]["/api/v1/ask"]["post"]["parameters"]}
