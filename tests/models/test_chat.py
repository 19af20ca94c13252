"""The client of any OpenAI-compatible endpoint: streaming, and every failure as one of ours."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable

import httpx
import openai
import pytest

from text2promql.errors import ModelError, ModelReplyError, ModelUnavailable
from text2promql.models.chat import Delta, OpenAIChat, Request, mapped
from text2promql.processes import free_port


def chat(reply: Callable[[httpx.Request], httpx.Response]) -> OpenAIChat:
    return OpenAIChat("m", "http://llm.test/v1", "k", transport=httpx.MockTransport(reply))


def stream(model: OpenAIChat) -> list[Delta]:
    async def go() -> list[Delta]:
        return [d async for d in model.stream(Request([{"role": "user", "content": "q"}], stop=("\n\n",)))]

    return asyncio.run(go())


def chunk(text: str | None = None, **more: object) -> str:
    choices = [] if text is None else [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
    data = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        **more,
    }
    return f"data: {json.dumps(data)}\n\n"


def test_text_and_usage_are_streamed() -> None:
    seen: list[dict[str, object]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        usage = {
            "prompt_tokens": 9,
            "completion_tokens": 2,
            "total_tokens": 11,
            "prompt_tokens_details": {"cached_tokens": 5},
        }
        body = chunk("a") + chunk("b") + chunk(usage=usage) + "data: [DONE]\n\n"
        return httpx.Response(200, text=body, headers={"content-type": "text/event-stream"})

    deltas = stream(chat(reply))
    assert "".join(d.text for d in deltas) == "ab"
    assert deltas[-1].usage is not None and deltas[-1].usage.cached_tokens == 5
    assert seen[0]["temperature"] == 0 and seen[0]["stop"] == ["\n\n"] and "grammar" not in seen[0]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, ModelUnavailable, "TEXT2PROMQL_MODEL_API_KEY"),
        (404, ModelUnavailable, "TEXT2PROMQL_MODEL"),
        (429, ModelUnavailable, "rate limit"),
        (400, ModelReplyError, "refuses"),
        (500, ModelError, "failed"),
    ],
)
def test_refusals_name_the_next_step(status: int, kind: type[Exception], words: str) -> None:
    headers = {"retry-after-ms": "1"}
    with pytest.raises(kind, match=words):
        stream(chat(lambda _: httpx.Response(status, json={"error": {"message": "no"}}, headers=headers)))


def test_nothing_listens() -> None:
    with pytest.raises(ModelUnavailable, match="TEXT2PROMQL_MODEL_URL"):
        stream(OpenAIChat("m", f"http://127.0.0.1:{free_port()}/v1"))


def test_a_stream_that_breaks_off_is_told() -> None:
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            yield chunk("a").encode()
            raise httpx.ReadError("gone")

    headers = {"content-type": "text/event-stream"}
    with pytest.raises(ModelUnavailable, match="cannot reach"):
        stream(chat(lambda _: httpx.Response(200, stream=Broken(), headers=headers)))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("data: {nope\n\n", "not JSON"),
        ("data: [DONE]\n\n", "broke off"),
        ("<html>a proxy's page</html>", "TEXT2PROMQL_MODEL_URL"),
        (chunk("a"), "broke off"),
    ],
    ids=["not-json", "empty", "another-page", "no-end"],
)
def test_what_is_not_a_whole_reply_is_told(body: str, words: str) -> None:
    headers = {"content-type": "text/event-stream"}
    with pytest.raises(ModelReplyError, match=words):
        stream(chat(lambda _: httpx.Response(200, text=body, headers=headers)))


def _openai_errors() -> list[type[openai.OpenAIError]]:
    found = [v for v in list(vars(openai).values()) if inspect.isclass(v) and issubclass(v, openai.OpenAIError)]
    return sorted(set(found), key=lambda c: c.__name__)


@pytest.mark.parametrize("kind", _openai_errors(), ids=lambda c: c.__name__)
def test_every_error_of_the_library_is_mapped(kind: type[openai.OpenAIError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "x")
    with pytest.raises(ModelError), mapped("m"):
        raise error


CONSIDERED = {
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "ContentFilterFinishReasonError",
    "InternalServerError",
    "LengthFinishReasonError",
    "NotFoundError",
    "OAuthError",
    "OpenAIError",
    "PermissionDeniedError",
    "RateLimitError",
    "UnprocessableEntityError",
    # Of parts of the library that we do not use: web sockets, and its global client.
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
    "_AmbiguousModuleClientUsageError",
}


def test_an_error_the_library_has_grown_is_noticed() -> None:
    """The last handler of `mapped` takes any error, so a new one must be given a place by hand, then here."""
    assert {kind.__name__ for kind in _openai_errors()} <= CONSIDERED
