"""The backend's failures, each with a message that names it and the next step; and the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from eval.world.run import RunningWorld
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.errors import BackendUnauthorized, BackendUnreachable, NotPrometheus, QueryRejected
from text2promql.processes import free_port
from text2promql.settings import Settings


def backend(reply: Callable[[httpx.Request], httpx.Response], **given: str) -> Backend:
    return Backend(Settings.model_validate({"backend": "http://prom.test", **given}), httpx.MockTransport(reply))


def test_nothing_listens() -> None:
    there = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(BackendUnreachable, match=rf"{there}.*--backend"):
        asyncio.run(Backend(Settings(backend=there)).metric_names())


def test_a_slow_backend() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(BackendUnreachable, match="in time"):
        asyncio.run(backend(slow).query("up"))


@pytest.mark.parametrize("status", [401, 403])
def test_access_refused(status: int) -> None:
    with pytest.raises(BackendUnauthorized, match="TEXT2PROMQL_BACKEND_TOKEN"):
        asyncio.run(backend(lambda _: httpx.Response(status)).query("up"))


@pytest.mark.parametrize("body", ["<html>hello</html>", "[]", '{"ok": true}'])
def test_something_else_answers(body: str) -> None:
    with pytest.raises(NotPrometheus, match="Prometheus HTTP API"):
        asyncio.run(backend(lambda _: httpx.Response(200, text=body)).query("up"))


def test_credentials_and_tenant_are_sent_and_never_shown() -> None:
    seen: list[httpx.Headers] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={"status": "success", "data": []})

    settings = {"backend_token": "s3cret", "backend_tenant": "team-a"}
    asyncio.run(backend(reply, **settings).metric_names())
    assert seen[0]["authorization"] == "Bearer s3cret"
    assert seen[0]["x-scope-orgid"] == "team-a"
    assert "s3cret" not in repr(Settings.model_validate(settings))


@pytest.mark.prometheus
def test_a_real_prometheus(world: RunningWorld) -> None:
    async def talk() -> None:
        real = Backend(Settings(backend=world.backend))
        assert (await real.query("vector(1)")).user_type == "instant vector"
        assert (await real.query("1")).elements[0]["value"][1] == "1"
        with pytest.raises(QueryRejected, match="parse error"):
            await real.query("sum(")
        ranged = await real.query_range("vector(1)", world.end - 60, world.end, 30)
        assert len(ranged.elements[0]["values"]) == 3
        catalog = Catalog(real)
        await catalog.refresh()
        assert "node_load1" in catalog and "node_load2" not in catalog
        assert catalog.describe("http_request_duration_seconds_bucket").type == "histogram"
        labels = await catalog.labels("kube_pod_status_phase")
        assert "Pending" in labels.values["phase"]
        assert "node_load1" in catalog.nearest("node_load_1")
        await real.close()

    asyncio.run(talk())


def test_metadata_that_comes_after_the_start_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    entry: dict[str, object] = {}

    def reply(request: httpx.Request) -> httpx.Response:
        data: object = entry if request.url.path.endswith("metadata") else ["x"]
        return httpx.Response(200, json={"status": "success", "data": data})

    async def talk() -> tuple[str, str]:
        catalog = Catalog(backend(reply))
        await catalog.refresh()
        before = catalog.describe("x").type
        entry["x"] = [{"type": "gauge", "help": "", "unit": ""}]
        monkeypatch.setattr("text2promql.catalog.NO_METADATA", 0.0)
        await catalog.refresh()
        return before, catalog.describe("x").type

    assert asyncio.run(talk()) == ("unknown", "gauge")
