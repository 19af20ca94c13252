"""What the pipeline talks to: a chat model behind an OpenAI-compatible endpoint, hosted or embedded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import httpx
import openai

from text2promql.errors import ModelError, ModelReplyError, ModelUnavailable
from text2promql.models.llama import LlamaServer
from text2promql.prompts import Message

__all__ = ["ChatModel", "Delta", "EmbeddedChat", "ModelUsage", "OpenAIChat"]


@dataclass(frozen=True)
class ModelUsage:
    """Tokens of one call."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Delta:
    """A piece of a reply; the last one carries usage, if the endpoint tells it, and why it ended."""

    text: str = ""
    usage: ModelUsage | None = None
    finish_reason: str | None = None


@runtime_checkable
class ChatModel(Protocol):
    """A model that streams replies. Closing the iterator ends the generation."""

    name: str

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 400,
        stop: list[str] | None = None,
        grammar: str | None = None,
        temperature: float = 0.0,
    ) -> AsyncGenerator[Delta]: ...

    async def close(self) -> None: ...


class OpenAIChat:
    """Any OpenAI-compatible endpoint. Times out after `timeout` seconds without a token."""

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str = "none",
        *,
        timeout: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self._extra = extra or {}
        # Questions come minutes apart, and servers close idle connections: a fresh one costs less than
        # a stale one. Before the first token openai's client tries twice again.
        http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=10.0),
            transport=transport,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=2,
            http_client=http,  # type: ignore[arg-type]
        )

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 400,
        stop: list[str] | None = None,
        grammar: str | None = None,
        temperature: float = 0.0,
    ) -> AsyncGenerator[Delta]:
        """Raises ModelError. `grammar` is GBNF and goes only to the embedded server."""
        extra = {**self._extra, **({"grammar": grammar} if grammar and self._extra else {})}
        arguments: dict[str, Any] = {
            "model": self.name,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": 0,
            "stop": stop or None,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        with mapped(self.name):
            async with await self._client.chat.completions.create(**arguments, extra_body=extra) as chunks:
                async for chunk in chunks:
                    choice = chunk.choices[0] if chunk.choices else None
                    text = (choice.delta.content or "") if choice else ""
                    reason = choice.finish_reason if choice else None
                    usage = _usage(chunk.usage) if chunk.usage else None
                    if text or usage or reason:
                        yield Delta(text, usage, reason)

    async def close(self) -> None:
        await self._client.close()


def _usage(usage: Any) -> ModelUsage:
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    return ModelUsage(usage.prompt_tokens, cached, usage.completion_tokens)


@contextmanager
def mapped(name: str) -> Iterator[None]:
    """openai's and httpx' errors as ours, the most specific first."""
    try:
        yield
    except openai.AuthenticationError as error:
        raise ModelUnavailable(f"the endpoint refuses the key for {name}; set TEXT2PROMQL_MODEL_API_KEY") from error
    except openai.PermissionDeniedError as error:
        raise ModelUnavailable(f"the key may not use the model {name}; check TEXT2PROMQL_MODEL") from error
    except openai.NotFoundError as error:
        raise ModelUnavailable(
            f"the endpoint does not know the model {name} or the path; "
            "check TEXT2PROMQL_MODEL and TEXT2PROMQL_MODEL_URL"
        ) from error
    except openai.RateLimitError as error:
        raise ModelUnavailable(f"the endpoint of {name} is over its rate limit; try again later") from error
    except (openai.BadRequestError, openai.UnprocessableEntityError, openai.LengthFinishReasonError,
            openai.ContentFilterFinishReasonError) as error:  # fmt: skip
        raise ModelReplyError(f"the model {name} refuses the request: {error}") from error
    except openai.APITimeoutError as error:
        raise ModelUnavailable(
            f"the model {name} did not answer in time; try again, or choose a smaller model"
        ) from error
    except (openai.APIConnectionError, httpx.TransportError) as error:
        raise ModelUnavailable(f"cannot reach the model {name} ({error}); check TEXT2PROMQL_MODEL_URL") from error
    except openai.OpenAIError as error:
        raise ModelError(f"the model {name} failed: {error}") from error


class EmbeddedChat:
    """The model that runs inside the install: an OpenAIChat over a llama.cpp child."""

    def __init__(self, name: str, server: LlamaServer) -> None:
        self.name = name
        self.server = server
        self._chat: OpenAIChat | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Have the child running. Raises ModelUnavailable."""
        await self._ready()

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 400,
        stop: list[str] | None = None,
        grammar: str | None = None,
        temperature: float = 0.0,
    ) -> AsyncGenerator[Delta]:
        """One generation at a time: the child has one slot, and callers wait their turn here."""
        async with self._turn:
            chat = await self._ready()
            async with aclosing(
                chat.stream(messages, max_tokens=max_tokens, stop=stop, grammar=grammar, temperature=temperature)
            ) as deltas:
                async for delta in deltas:
                    yield delta

    async def warm(self, messages: Sequence[Message]) -> None:
        """Read a prompt's fixed beginning into the prompt cache."""
        async for _ in self.stream([*messages, {"role": "user", "content": "Question:"}], max_tokens=1):
            pass

    async def close(self) -> None:
        if self._chat:
            await self._chat.close()
        await asyncio.to_thread(self.server.stop)

    async def _ready(self) -> OpenAIChat:
        started = await asyncio.to_thread(self.server.ensure)
        if started or self._chat is None:
            if self._chat:
                await self._chat.close()
            self._chat = OpenAIChat(self.name, self.server.url, extra={"cache_prompt": True})
        return self._chat
