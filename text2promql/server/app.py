"""The routes. Every one goes through the same Service; errors become problem documents."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from text2promql import __version__, asking, promql
from text2promql import checks as checking
from text2promql.answer import Answer, Finding, MetricRef, Step
from text2promql.asking import LOCAL
from text2promql.backend import QueryResult
from text2promql.errors import BadQuery, Text2PromqlError
from text2promql.pipeline import Event, check_question
from text2promql.server.history import User, history_routes
from text2promql.server.learning import learning_routes
from text2promql.server.problems import Problem, problem, problem_response, unauthorized, validation_response
from text2promql.server.prometheus import page_routes, prometheus_routes
from text2promql.server.telemetry import Telemetry
from text2promql.service import Service, chat_folder

__all__ = ["create_app"]

_CSP = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class Ask(BaseModel):
    question: str = Field(
        description="A question in English or Chinese.", examples=["CPU usage of every node in percent"]
    )
    conversation_id: str | None = Field(
        None, description="The conversation that it continues; without it a new one is begun."
    )


class QueryText(BaseModel):
    query: str = Field(description="A PromQL query.")


class Validation(BaseModel):
    valid: bool = Field(description="True where no finding is an error.")
    findings: list[Finding]


class Explanation(BaseModel):
    steps: list[Step]


class ScenarioTitle(BaseModel):
    scenario: str
    title: dict[str, str] = Field(description="Language to title.")


class CatalogPage(BaseModel):
    total: int = Field(description="Number of metric names in the backend that match.")
    metrics: list[MetricRef]
    scenarios: list[ScenarioTitle] = Field(description="Scenarios whose metrics this backend has.")


class SuggestedQuestion(BaseModel):
    scenario: str
    en: str
    zh: str


class SuggestedQuestions(BaseModel):
    questions: list[SuggestedQuestion]


class Ready(BaseModel):
    status: str = Field(description="ready or starting")
    detail: str = ""
    model: str = ""
    backend: str = ""


def create_app(service: Service, warm: bool = True) -> FastAPI:
    """The application over one service; its lifespan starts and stops the model."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running(warm):
            yield

    app = FastAPI(title="text2promql", version=__version__, lifespan=lifespan, description=__doc__ or "")
    app.state.telemetry = Telemetry()
    app.add_exception_handler(Text2PromqlError, problem_response)
    app.add_exception_handler(RequestValidationError, validation_response)
    app.add_middleware(_Guard, service=service)
    _asking(app, service)
    _reading(app, service)
    _operating(app, service)
    for routes in (history_routes, learning_routes, prometheus_routes, page_routes):
        app.include_router(routes(service))
    _page(app)
    return app


class _Guard:
    """Asks for the token and sends the security headers. Plain ASGI, so that a disconnect gets through."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                if not path.startswith("/docs"):
                    headers["Content-Security-Policy"] = _CSP
            await send(message)

        if (
            path.startswith(("/api/", "/prometheus/"))
            and path != "/api/v1/page"
            and not self._allowed(Headers(scope=scope))
        ):
            await unauthorized()(scope, receive, send_guarded)
        else:
            await self.app(scope, receive, send_guarded)

    def _allowed(self, headers: Headers) -> bool:
        token = self.service.settings.token
        sent = headers.get("authorization", "").removeprefix("Bearer ")
        return token is None or hmac.compare_digest(sent.encode(), token.get_secret_value().encode())


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    s: {"model": Problem, "content": {"application/problem+json": {}}} for s in (422, 502, 503)
}


def _asking(app: FastAPI, service: Service) -> None:
    telemetry: Telemetry = app.state.telemetry

    @app.post(
        "/api/v1/ask",
        response_model=Answer,
        responses={**_PROBLEMS, 200: {"content": {"text/event-stream": {}}}},
        summary="Ask a question; JSON, or server-sent events with `Accept: text/event-stream`",
    )
    async def ask(request: Request, body: Ask, user: User = LOCAL) -> Any:
        check_question(body.question, service.settings.max_question)
        events = _told(asking.ask(service, body.question, user, body.conversation_id), service, telemetry)
        if "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(
                _stream(events),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        return await _unless_gone(request, _last(events))

    @app.post("/api/v1/validate", responses=_PROBLEMS, summary="Parse and check a query")
    async def validate(body: QueryText) -> Validation:
        try:
            query = checking.Query.parse(body.query)
        except BadQuery as error:
            at = error.position or 0
            syntax = Finding(check="promql/syntax", severity="error", summary=str(error), start=at, end=at + 1)
            return Validation(valid=False, findings=[syntax])
        await service.catalog.refresh()
        findings = await checking.run_checks(query, service.catalog)
        return Validation(valid=not any(f.severity == "error" for f in findings), findings=findings)

    @app.post("/api/v1/explain", responses=_PROBLEMS, summary="Explain a query step by step")
    async def explain(body: QueryText, lang: Annotated[str, Query(pattern="^(en|zh)$")] = "en") -> Explanation:
        return Explanation(steps=promql.explain(promql.parse(body.query), "zh" if lang == "zh" else "en"))


async def _told(events: AsyncGenerator[Event], service: Service, telemetry: Telemetry) -> AsyncGenerator[Event]:
    """The events of one question, counted. When the client goes away they are closed, and with them the model's
    stream and the turn."""
    try:
        with telemetry.busy.track_inprogress(), _Busy(service):
            async with aclosing(events):
                async for name, data in events:
                    if isinstance(data, Answer):
                        telemetry.record(data)
                    yield name, data
    except Text2PromqlError as error:
        telemetry.failures.labels(type(error).__name__).inc()
        raise


async def _stream(events: AsyncGenerator[Event]) -> AsyncIterator[str]:
    """Server-sent events."""
    try:
        async with aclosing(events):
            async for name, data in events:
                yield f"event: {name}\ndata: {data.model_dump_json()}\n\n"
    except Text2PromqlError as error:
        yield f"event: error\ndata: {problem(error).model_dump_json(exclude_none=True)}\n\n"


async def _last(events: AsyncGenerator[Event]) -> Answer:
    async with aclosing(events):
        async for _, data in events:
            if isinstance(data, Answer):
                return data
    raise AssertionError("a question ends in an answer")


async def _unless_gone(request: Request, work: Any) -> Answer:
    """The answer, unless the client disconnects first: then the work is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=0.5)
            if done:
                result: Answer = task.result()
                return result
            if await request.is_disconnected():
                raise asyncio.CancelledError
    finally:
        task.cancel()


class _Busy:
    """Counts questions in progress, so that the warm-up steps aside."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def __enter__(self) -> None:
        self.service.busy += 1

    def __exit__(self, *_: object) -> None:
        self.service.busy -= 1


def _reading(app: FastAPI, service: Service) -> None:
    def usable() -> list[str]:
        index = service.retriever.index
        return [
            name for name in index.scenarios
            if any(all(m in service.catalog for m in e.metrics) for e in index.examples.values() if e.scenario == name)
        ]  # fmt: skip

    @app.get("/api/v1/catalog", responses=_PROBLEMS, summary="Metrics of the backend")
    async def catalog(
        search: Annotated[str, Query(description="Part of a metric name.")] = "",
        limit: Annotated[int, Query(ge=0, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> CatalogPage:
        await service.catalog.refresh()
        names = [n for n in service.catalog.names if search.lower() in n.lower()]
        titles = [ScenarioTitle(scenario=n, title=service.retriever.index.scenarios[n].title) for n in usable()]
        found = [service.catalog.describe(n) for n in names[offset : offset + limit]]
        return CatalogPage(total=len(names), metrics=found, scenarios=titles)

    @app.get("/api/v1/questions", responses=_PROBLEMS, summary="Questions that this backend can answer")
    async def questions() -> SuggestedQuestions:
        await service.catalog.refresh()
        first = [service.retriever.block(n, service.catalog)[0] for n in usable()]
        return SuggestedQuestions(
            questions=[SuggestedQuestion(scenario=e.scenario, en=e.question("en"), zh=e.question("zh")) for e in first]
        )

    @app.get("/api/v1/query", responses=_PROBLEMS, summary="Instant query, passed on to the backend")
    async def query(query: str, time: float | None = None) -> dict[str, Any]:
        return _api(await service.backend.query(query, time))

    @app.get("/api/v1/query_range", responses=_PROBLEMS, summary="Range query, passed on to the backend")
    async def query_range(query: str, start: float, end: float, step: Annotated[float, Query(gt=0)]) -> dict[str, Any]:
        if not 0 <= end - start <= step * 11_000:
            raise BadQuery("start must lie before end, with at most 11,000 steps between them")
        return _api(await service.backend.query_range(query, start, end, step))


def _api(result: QueryResult) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": result.type, "result": result.elements}}


def _operating(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", summary="Whether the process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "service": "text2promql", "version": __version__}

    @app.get(
        "/readyz",
        response_model=Ready,
        responses={503: {"model": Ready}},
        summary="Whether questions can be answered",
    )
    async def readyz() -> Any:
        detail = service.starting
        if not detail:
            try:
                await service.catalog.refresh()
                await service.backend.query("vector(1)")  # the catalog may have been read a while ago
            except Text2PromqlError as error:
                detail = str(error)
        state = Ready(
            status="starting" if detail else "ready",
            detail=detail,
            model=service.model.name,
            backend=service.backend.url,
        )
        return JSONResponse(state.model_dump(), 503 if detail else 200)

    @app.get("/metrics", summary="The service's own Prometheus metrics", response_class=Response)
    async def metrics() -> Response:
        telemetry: Telemetry = app.state.telemetry
        return Response(telemetry.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _page(app: FastAPI) -> None:
    folder = chat_folder()

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        if not (folder / "index.html").exists():
            told = "The chat page is not built: run `make page`, then start the service again.\n"
            return PlainTextResponse(told, 503)
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})

    if (folder / "static").exists():
        app.mount("/static", StaticFiles(directory=folder / "static"), name="static")
