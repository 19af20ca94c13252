"""The canned replies of contract.py are what the real routes reply: same paths, same fields, same types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from tests.fakes import QueuedModel
from tests.web.contract import Contract, answer, judged, problem
from text2promql import asking, pipeline
from text2promql.answer import Answer, DryRun, Finding
from text2promql.learning import Judged
from text2promql.server import create_app
from text2promql.server.history import history_routes
from text2promql.server.learning import learning_routes
from text2promql.server.problems import Problem
from text2promql.server.prometheus import page_routes
from text2promql.service import Service
from text2promql.settings import Settings

#: What the service passes on as the backend gives it.
PASSED_ON = {"GET /api/v1/query", "GET /api/v1/query_range"}


@pytest.fixture
def routes(index: Path, tmp_path: Path) -> Iterator[list[APIRoute]]:
    service = Service.build(Settings(index=index, store=f"sqlite:///{tmp_path}/store.sqlite"), QueuedModel())
    yield _routes(service)
    service.store.close()


def _routes(service: Service) -> list[APIRoute]:
    routers = [make(service) for make in (history_routes, learning_routes, page_routes)]
    found = [*create_app(service).routes, *(route for router in routers for route in router.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


def same_fields(canned: Any, real: Any, path: str = "") -> None:
    """That a canned reply has neither more nor fewer fields than the real one."""
    if isinstance(canned, dict) and isinstance(real, dict):
        assert canned.keys() == real.keys(), f"{path}: {canned.keys() ^ real.keys()}"
        for name in canned:
            same_fields(canned[name], real[name], f"{path}.{name}")
    elif isinstance(canned, list):
        for one, other in zip(canned, real, strict=True):
            same_fields(one, other, f"{path}[]")


def check(kind: Any, canned: Any, path: str) -> None:
    adapter = TypeAdapter(kind)
    same_fields(canned, adapter.dump_python(adapter.validate_python(canned), mode="json"), path)


def test_every_canned_reply_is_one_of_a_real_route(routes: list[APIRoute]) -> None:
    checked = 0
    for name, reply in Contract().replies.items():
        method, path = name.split(" ")
        route = next((r for r in routes if method in (r.methods or ()) and r.path_regex.match(path)), None)
        assert route, f"the service has no {name}"
        status, body = reply if isinstance(reply, tuple) else (route.status_code or 200, reply)
        assert status == (route.status_code or 200), name
        if body and name not in PASSED_ON:
            check(route.response_model, body, name)
            checked += 1
    assert checked > 12


def test_what_a_question_streams() -> None:
    known: dict[str, type[BaseModel]] = {
        "queued": asking.Queued, "rewritten": asking.Rewritten, "retrieved": pipeline.Retrieved,
        "reasoning": pipeline.Reasoning, "draft": pipeline.Draft, "answer": Answer,
    }  # fmt: skip
    canned = {
        "queued": {"position": 2},
        "rewritten": {"asked": "only prod", "question": "CPU in prod"},
        "retrieved": {"scenario": "s", "examples": answer()["examples"], "metrics": answer()["metrics"]},
        "reasoning": {"text": "word"},
        "draft": {"promql": "up"},
        "answer": answer(),
    }
    for event, data in canned.items():
        check(known[event], data, event)
    check(Finding, {"check": "c", "severity": "error", "summary": "s", "detail": "d", "start": 0, "end": 1}, "finding")
    check(DryRun, answer()["dry_run"], "dry_run")
    check(Judged, judged(), "feedback")
    kept = {**problem(502, "gone")[1], "answer_id": "a", "conversation_id": "c"}
    check(Problem, kept, "problem")
