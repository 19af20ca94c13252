"""Asking a running service over HTTP, with the same events as the pipeline."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
from pydantic import BaseModel

from text2promql import errors
from text2promql.answer import Answer, DryRun, Finding
from text2promql.asking import Queued, Rewritten
from text2promql.errors import Text2PromqlError
from text2promql.pipeline import Draft, Event, Reasoning, Retrieved
from text2promql.settings import Settings

__all__ = ["ask_service", "running_service"]

_KINDS: dict[str, type[BaseModel]] = {
    "retrieved": Retrieved, "reasoning": Reasoning, "draft": Draft, "repaired": Draft, "finding": Finding,
    "dry_run": DryRun, "answer": Answer, "queued": Queued, "rewritten": Rewritten,
}  # fmt: skip


def running_service(settings: Settings) -> str | None:
    """The URL of a text2promql service at the configured address, if one answers there."""
    url = f"http://{settings.host}:{settings.port}"
    try:
        reply = httpx.get(f"{url}/healthz", timeout=1)
        return url if reply.status_code == 200 and reply.json().get("service") == "text2promql" else None
    except (httpx.HTTPError, ValueError):
        return None  # nothing, or something else, listens there


async def ask_service(url: str, question: str, settings: Settings) -> AsyncIterator[Event]:
    """The events of one question. Raises the service's error: the same class, where it names one, with its words."""
    headers = {"Accept": "text/event-stream"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
    try:
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(10, read=600)) as client,
            client.stream(
                "POST", f"{url.rstrip('/')}/api/v1/ask", json={"question": question}, headers=headers
            ) as reply,
        ):
            if reply.status_code != 200:
                await reply.aread()
                raise _problem(reply)
            name = ""
            async for line in reply.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield _event(name, line.removeprefix("data: "))
    except httpx.HTTPError as error:
        raise Text2PromqlError(
            f"cannot reach the service {url} ({error}); is it running? Start it with `text2promql serve`"
        ) from error


def _event(name: str, data: str) -> Event:
    if name == "error":
        raise _error(json.loads(data))
    return name, _KINDS[name].model_validate_json(data)


def _problem(reply: httpx.Response) -> Text2PromqlError:
    try:
        return _error(reply.json())
    except ValueError:
        return Text2PromqlError(f"the service answered {reply.status_code}: {reply.text[:200]}")


def _error(problem: object) -> Text2PromqlError:
    """A problem document (RFC 9457) as the error that the service met; its `type` ends with the class."""
    if not isinstance(problem, dict) or "detail" not in problem:
        return Text2PromqlError(f"the service answered with an error: {problem!r:.200}")
    kind = getattr(errors, str(problem.get("type")).rpartition(":")[2], None)
    if not (isinstance(kind, type) and issubclass(kind, Text2PromqlError)):
        kind = Text2PromqlError
    return kind(str(problem["detail"]))
