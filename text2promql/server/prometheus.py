"""Read-only pass-through to the backend, for editors that complete queries, and what the page must know."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from text2promql import __version__
from text2promql.errors import BadQuery
from text2promql.server.problems import Problem
from text2promql.service import Service

__all__ = ["page_routes", "prometheus_routes"]

#: Bytes of a query or form.
LONGEST = 64 * 1024
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    s: {"model": Problem, "content": {"application/problem+json": {}}} for s in (422, 502)
}


class Page(BaseModel):
    """What the chat page must know before anybody asks."""

    version: str = Field(description="Version of the service.")
    model: str = Field(description="Name of the model.")
    backend: str = Field(description="URL of the backend, as the service reaches it.")
    prometheus_url: str | None = Field(description="Prometheus as browsers reach it, for links; null without.")
    grafana_url: str | None = Field(description="Grafana as browsers reach it, for links; null without.")
    learning: Literal["auto", "review", "off"] = Field(
        description="Whether confirmed answers become examples at once, after review, or never."
    )
    needs_token: bool = Field(description="Whether the other paths want `Authorization: Bearer TOKEN`.")


def page_routes(service: Service) -> APIRouter:
    routes = APIRouter()

    @routes.get("/api/v1/page", summary="What the chat page must know; answers without the token")
    async def page() -> Page:
        settings = service.settings
        return Page(
            version=__version__,
            model=service.model.name,
            backend=service.backend.url,
            prometheus_url=settings.public_prometheus_url,
            grafana_url=settings.public_grafana_url,
            learning=settings.learning,
            needs_token=settings.token is not None,
        )

    return routes


def prometheus_routes(service: Service) -> APIRouter:
    routes = APIRouter(prefix="/prometheus/api/v1", responses=_PROBLEMS, tags=["prometheus"])

    async def passed_on(request: Request, path: str) -> Response:
        body = await _limited(request)
        pairs = [*parse_qsl(request.url.query, keep_blank_values=True), *parse_qsl(body, keep_blank_values=True)]
        content = await service.backend.passed_on(f"/api/v1/{path}", pairs)
        return Response(content, media_type="application/json")

    def route(path: str) -> None:
        # A closure for each path: nothing but these is passed on.
        async def passing(request: Request) -> Response:
            return await passed_on(request, path)

        told: dict[str, Any] = {"summary": f"/api/v1/{path} of the backend", "response_class": Response}
        routes.get(f"/{path}", name=f"get {path}", **told)(passing)
        routes.post(f"/{path}", name=f"post {path}", **told)(passing)

    for path in ("labels", "series", "metadata", "query", "query_range"):
        route(path)

    @routes.get("/label/{name}/values", summary="/api/v1/label/{name}/values of the backend", response_class=Response)
    @routes.post("/label/{name}/values", summary="/api/v1/label/{name}/values of the backend", response_class=Response)
    async def values(request: Request, name: str) -> Response:
        if not name.replace("_", "a").replace(":", "a").isalnum():
            raise BadQuery(f"{name!r} is not a label name")
        return await passed_on(request, f"label/{name}/values")

    return routes


async def _limited(request: Request) -> str:
    """The form, if it is not too long. Raises BadQuery."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            break
    if len(body) + len(request.url.query) > LONGEST:
        raise BadQuery(f"the request has more than {LONGEST:,} bytes; shorten the query")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadQuery(f"the form is not UTF-8 text (byte {error.start})") from error
