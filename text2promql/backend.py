"""The Prometheus HTTP API, read only: queries, names, labels, metadata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from text2promql.errors import (
    BackendError,
    BackendUnauthorized,
    BackendUnreachable,
    NotPrometheus,
    QueryRejected,
)
from text2promql.settings import Settings

__all__ = ["Backend", "QueryResult"]


#: Most bytes of a reply that are passed on.
LARGEST = 16 << 20


class QueryResult:
    """What a query returned. `vector` are the elements as the API gives them."""

    def __init__(self, data: dict[str, Any], warnings: list[str]) -> None:
        self.type: str = data["resultType"]
        result = data["result"]
        self.elements: list[dict[str, Any]] = (
            result if self.type in ("vector", "matrix") else [{"metric": {}, "value": result}]
        )
        self.warnings = warnings

    @property
    def user_type(self) -> str:
        """The type in the words of Prometheus' documentation."""
        return {"vector": "instant vector", "matrix": "range vector"}.get(self.type, self.type)


class Backend:
    """One Prometheus-compatible server. Hand in a transport to test without a network."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = settings.backend.rstrip("/")
        headers = {"Accept": "application/json"}
        if settings.backend_token:
            headers["Authorization"] = f"Bearer {settings.backend_token.get_secret_value()}"
        if settings.backend_tenant:
            headers["X-Scope-OrgID"] = settings.backend_tenant
        auth = None
        if settings.backend_user:
            password = settings.backend_password
            auth = httpx.BasicAuth(settings.backend_user, password.get_secret_value() if password else "")
        self._client = httpx.AsyncClient(
            headers=headers, auth=auth, timeout=settings.backend_timeout, transport=transport
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def query(self, query: str, time: float | None = None) -> QueryResult:
        """Instant query; `time` in unix seconds, default now. Raises BackendError."""
        body = await self._call("/api/v1/query", {"query": query, **({} if time is None else {"time": time})})
        return QueryResult(body["data"], body.get("warnings", []))

    async def query_range(self, query: str, start: float, end: float, step: float) -> QueryResult:
        """Range query; times and step in seconds. Raises BackendError."""
        form = {"query": query, "start": start, "end": end, "step": step}
        body = await self._call("/api/v1/query_range", form)
        return QueryResult(body["data"], body.get("warnings", []))

    async def metric_names(self) -> list[str]:
        """Every metric name that the backend has seen lately."""
        data = (await self._call("/api/v1/label/__name__/values"))["data"]
        return [str(n) for n in data or []]

    async def metadata(self) -> dict[str, dict[str, str]]:
        """TYPE, HELP and unit by metric family; empty for data that is not being scraped."""
        data = (await self._call("/api/v1/metadata"))["data"] or {}
        return {name: entries[0] for name, entries in data.items() if entries}

    async def label_names(self, selector: str) -> list[str]:
        data = (await self._call("/api/v1/labels", {"match[]": selector}))["data"]
        return [str(n) for n in data or [] if n != "__name__"]

    async def label_values(self, label: str, selector: str) -> list[str]:
        data = (await self._call(f"/api/v1/label/{label}/values", {"match[]": selector}))["data"]
        return [str(v) for v in data or []]

    async def passed_on(self, path: str, form: Sequence[tuple[str, str]]) -> bytes:
        """The backend's own JSON for a read-only path, at most LARGEST bytes. Raises BackendError."""
        with _mapped(self.url):
            request = self._client.build_request("GET", f"{self.url}{path}", params=list(form))
            response = await self._client.send(request, stream=True)
            try:
                content = b""
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > LARGEST:
                        raise QueryRejected(
                            f"the backend's reply has more than {LARGEST >> 20} MiB; ask for fewer series or less time"
                        )
            finally:
                await response.aclose()
        self._checked(httpx.Response(response.status_code, content=content))
        return content

    async def _call(self, path: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
        with _mapped(self.url):
            response = await self._client.get(f"{self.url}{path}", params=form)
        return self._checked(response)

    def _checked(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code in (401, 403):
            raise BackendUnauthorized(
                f"the backend {self.url} refuses access ({response.status_code}); set TEXT2PROMQL_BACKEND_TOKEN, "
                "or TEXT2PROMQL_BACKEND_USER and TEXT2PROMQL_BACKEND_PASSWORD"
            )
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or body.get("status") not in ("success", "error"):
            raise NotPrometheus(
                f"{self.url} answers ({response.status_code}), but not as the Prometheus HTTP API; "
                "give the base URL under which /api/v1/query is found with --backend"
            )
        if body["status"] == "error":
            kind, words = body.get("errorType", ""), str(body.get("error", "unknown error"))
            if kind in ("bad_data", "execution", "timeout", "canceled"):
                raise QueryRejected(f"the backend refuses the query: {words}")
            raise BackendError(f"the backend {self.url} reports: {words}")
        return body


@contextmanager
def _mapped(url: str) -> Iterator[None]:
    """httpx' errors as ours, the most specific first."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise BackendUnreachable(
            f"the backend {url} did not answer in time; is it overloaded? TEXT2PROMQL_BACKEND_TIMEOUT sets the limit"
        ) from error
    except (httpx.TransportError, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise BackendUnreachable(
            f"cannot reach the backend {url} ({error or type(error).__name__}); is Prometheus running there? "
            "Set its URL with --backend or TEXT2PROMQL_BACKEND"
        ) from error
    except httpx.DecodingError as error:
        raise NotPrometheus(f"{url} sent a reply that cannot be decoded: {error}") from error
