"""The service as the page sees it, answered in the browser: every route the page uses, with canned replies.

A test changes what it is about and leaves the rest. `sent` keeps what the page sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import Page, Request, Route

__all__ = ["Contract", "answer", "conversation", "example", "judged", "problem"]

QUERY = '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))'
CREATED = "2030-01-01T10:00:00Z"


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "id": "answer-1",
        "question": "CPU usage of each host",
        "asked": "CPU usage of each host",
        "conversation_id": "conversation-1",
        "status": "answered",
        "promql": QUERY,
        "explanation": [
            {
                "step": "take node_cpu_seconds_total, rate over 5m, average",
                "promql": 'avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
            }
        ],
        "confidence": 0.9,
        "origin": "model",
        "model": "small",
        "scenario": "node",
        "metrics": [{"name": "node_cpu_seconds_total", "type": "counter", "unit": "seconds", "help": "CPU time."}],
        "examples": [{"id": "e1", "question": "CPU of each node", "promql": "up", "score": 0.97}],
        "findings": [],
        "dry_run": {
            "outcome": "ok",
            "result_type": "instant vector",
            "series": 2,
            "sample": [],
            "warnings": [],
            "elapsed_ms": 3,
        },
        "alternatives": ["up"],
        "suggestions": [],
        "usage": {"prompt_tokens": 900, "cached_tokens": 800, "completion_tokens": 50, "model_calls": 1},
        "timings_ms": {"total": 1234.5},
        **changes,
    }


def conversation(**changes: Any) -> dict[str, Any]:
    stored = {"answer": answer(), "created": CREATED, "verdict": None, "corrected_promql": None, "note": None}
    return {
        "id": "conversation-1",
        "title": "CPU usage of each host",
        "created": CREATED,
        "updated": CREATED,
        "shared": None,
        "answers": [stored],
        **changes,
    }


def problem(status: int, detail: str) -> tuple[int, dict[str, Any]]:
    return status, {"type": "urn:text2promql:Test", "title": "It went wrong", "status": status, "detail": detail}


def judged(**changes: Any) -> dict[str, Any]:
    return {
        "verdict": "right",
        "state": "learned",
        "example_id": "x1",
        "findings": [],
        "conflicts": [],
        "detail": "",
        **changes,
    }


def example(**changes: Any) -> dict[str, Any]:
    return {
        "id": "x1",
        "questions": {"en": ["free memory of each host"], "zh": ["每台主机的空闲内存"]},
        "promql": "node_memory_MemFree_bytes",
        "scenario": "node",
        "state": "pending",
        "origin": "feedback",
        "created": CREATED,
        "conflicts": [{"id": "c1", "question": "memory that is free", "promql": "node_memory_MemAvailable_bytes"}],
        **changes,
    }


def _vector(value: str = "12.5") -> dict[str, Any]:
    series = [{"metric": {"instance": f"host-{n}:9100", "job": "node"}, "value": [1e9, value]} for n in (1, 2)]
    return {"status": "success", "data": {"resultType": "vector", "result": series}}


Reply = Any
"""JSON, (status, JSON), or a function of the request that gives either."""


@dataclass
class Contract:
    """`replies` by "METHOD path"; `events` are what a question streams."""

    replies: dict[str, Reply] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=lambda: [("answer", answer())])
    sent: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        summary = {k: v for k, v in conversation().items() if k not in ("answers", "shared")} | {"answers": 1}
        self.replies = {
            "GET /readyz": {"status": "ready", "detail": "", "model": "small", "backend": "http://prometheus"},
            "GET /api/v1/page": {
                "version": "9.9",
                "model": "small",
                "backend": "http://prometheus",
                "prometheus_url": "https://prometheus.example",
                "grafana_url": None,
                "learning": "review",
                "needs_token": False,
            },
            "GET /api/v1/catalog": {
                "total": 12,
                "metrics": [],
                "scenarios": [{"scenario": "node", "title": {"en": "Hosts", "zh": "主机"}}],
            },
            "GET /api/v1/questions": {
                "questions": [{"scenario": "node", "en": "CPU usage of each host", "zh": "每台主机的 CPU 使用率"}]
            },
            "GET /api/v1/query": _vector(),
            "GET /api/v1/query_range": self._course,
            "POST /api/v1/validate": {"valid": True, "findings": []},
            "POST /api/v1/explain": {"steps": []},
            "GET /api/v1/conversations": {"conversations": [summary]},
            "GET /api/v1/conversations/conversation-1": conversation(),
            "PATCH /api/v1/conversations/conversation-1": summary,
            "DELETE /api/v1/conversations/conversation-1": (204, None),
            "POST /api/v1/conversations/conversation-1/share": {"token": "token-1"},
            "DELETE /api/v1/conversations/conversation-1/share": (204, None),
            "GET /api/v1/shared/token-1": conversation(shared="token-1"),
            "POST /api/v1/feedback": judged(),
            "GET /api/v1/examples": {"total": 1, "examples": [example()]},
            "POST /api/v1/examples/x1/approve": example(state="learned"),
            "POST /api/v1/examples/x1/reject": example(state="rejected"),
            "DELETE /api/v1/me": (204, None),
            **self.replies,
        }

    @staticmethod
    def _course(request: Request) -> Reply:
        query = parse_qs(urlsplit(request.url).query)
        start, end, step = (float(query[name][0]) for name in ("start", "end", "step"))
        times = [start + i * step for i in range(int((end - start) / step) + 1)]
        series = [
            {"metric": {"instance": f"host-{n}:9100", "job": "node"}, "values": [[t, str(10 * n)] for t in times]}
            for n in (1, 2)
        ]
        return {"status": "success", "data": {"resultType": "matrix", "result": series}}

    def serve(self, page: Page) -> None:
        page.route("**/readyz", self._answer)
        page.route("**/api/v1/**", self._answer)
        page.route("**/prometheus/**", lambda route: route.fulfill(status=404, body="{}"))

    def _answer(self, route: Route) -> None:
        request = route.request
        name = f"{request.method} {unquote(urlsplit(request.url).path)}"
        self.sent.append((name, request.post_data_json if request.post_data else urlsplit(request.url).query))
        if name == "POST /api/v1/ask":
            text = "".join(f"event: {event}\ndata: {json.dumps(data)}\n\n" for event, data in self.events)
            route.fulfill(status=200, content_type="text/event-stream", body=text)
            return
        reply = self.replies.get(name, problem(404, f"{name} is not canned"))
        if callable(reply):
            reply = reply(request)
        status, body = reply if isinstance(reply, tuple) else (200, reply)
        kind = "application/json" if status < 400 else "application/problem+json"
        route.fulfill(status=status, content_type=kind, body="" if body is None else json.dumps(body))
