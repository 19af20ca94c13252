"""What the pipeline talks to: a chat model behind an OpenAI-compatible endpoint, hosted or embedded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import httpx
import openai

from text2promql.errors import ModelError, ModelReplyError, ModelUnavailable
from text2promql.models.llama import LlamaServer
from text2promql.prompts import Message

__all__ = ["ChatModel", "Delta", "EmbeddedChat", "ModelUsage", "OpenAIChat", "Request"]


@dataclass(frozen=True)
class Request:
    """What a model is asked.

    The first `fixed` messages are shared by many questions; a model may keep what it computed for them.
    `grammar` is GBNF, for a server that knows it.
    """

    messages: Sequence[Message]
    fixed: int = 0
    max_tokens: int = 400
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    temperature: float = 0.0
    seed: int = 0


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

    def stream(self, request: Request) -> AsyncGenerator[Delta]: ...

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

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Raises ModelError. The grammar goes only to the embedded server; `fixed` means nothing here."""
        extra = {**self._extra, **({"grammar": request.grammar} if request.grammar and self._extra else {})}
        arguments: dict[str, Any] = {
            "model": self.name,
            "messages": list(request.messages),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            "stop": list(request.stop) or None,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        ended = False
        with mapped(self.name):
            async with await self._client.chat.completions.create(**arguments, extra_body=extra) as chunks:
                async for chunk in chunks:
                    choice = chunk.choices[0] if chunk.choices else None
                    text = (choice.delta.content or "") if choice else ""
                    reason = choice.finish_reason if choice else None
                    usage = _usage(chunk.usage) if chunk.usage else None
                    ended = ended or bool(reason or usage)
                    if text or usage or reason:
                        yield Delta(text, usage, reason)
        if not ended:
            raise ModelReplyError(f"the reply of {self.name} broke off or is none; is TEXT2PROMQL_MODEL_URL its API?")

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
    except json.JSONDecodeError as error:
        raise ModelReplyError(f"the endpoint of {name} sends a stream that is not JSON ({error})") from error
    except openai.OpenAIError as error:
        raise ModelError(f"the model {name} failed: {error}") from error


class EmbeddedChat:
    """The model that runs inside the install: an OpenAIChat over a llama.cpp child.

    The child has one slot. What it computed for a fixed beginning of a prompt is kept in a file, and put
    back before a question with that beginning: reading it takes milliseconds, computing it 20 seconds.
    """

    def __init__(self, name: str, server: LlamaServer) -> None:
        self.name = name
        self.server = server
        self._chat: OpenAIChat | None = None
        self._turn = asyncio.Lock()
        self._loaded = ""

    async def start(self) -> None:
        """Have the child running. Raises ModelUnavailable."""
        await self._ready()

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """One generation at a time: callers wait their turn here."""
        async with self._turn:
            begun = False
            for last in (False, True):
                chat = await self._ready()
                try:
                    await self._load(request.messages[: request.fixed])
                    async with aclosing(chat.stream(request)) as deltas:
                        async for delta in deltas:
                            begun = True
                            yield delta
                    return
                except ModelUnavailable as error:
                    # The child has died under the question: a new one, once, if nothing has been said yet.
                    if begun or last:
                        raise ModelUnavailable(
                            f"the embedded model's process died while it answered; its log is {self.server.log}"
                        ) from error
                    await asyncio.sleep(0.2)

    async def warm(self, messages: Sequence[Message]) -> None:
        """Compute a fixed beginning and keep it, unless that has been done before."""
        if self._file(messages).exists():
            return
        async with self._turn:
            chat = await self._ready()
            self._loaded = ""
            question: Message = {"role": "user", "content": "Question:"}
            async with aclosing(chat.stream(Request([*messages, question], max_tokens=1))) as deltas:
                async for _ in deltas:
                    pass
            file = self._file(messages)
            self._loaded = file.name
            # Under another name until it is whole: half a file would end the server that reads it.
            written = file.with_suffix(".part")
            if await self._slot("save", written.name):
                written.replace(file)

    def forget_others(self, kept: Sequence[Sequence[Message]]) -> None:
        """Remove the files of beginnings that no longer exist (another corpus, another backend's metrics)."""
        names = {self._file(m).name for m in kept}
        for path in self.server.slots.glob("*.slot"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    async def close(self) -> None:
        if self._chat:
            await self._chat.close()
        await asyncio.to_thread(self.server.stop)

    async def _ready(self) -> OpenAIChat:
        started = await asyncio.to_thread(self.server.ensure)
        if started or self._chat is None:
            if self._chat:
                await self._chat.close()
            self._chat = OpenAIChat(self.name, self.server.url, self.server.key, extra={"cache_prompt": True})
            self._loaded = ""
        return self._chat

    def _file(self, messages: Sequence[Message]) -> Path:
        told = json.dumps(list(messages), ensure_ascii=False).encode()
        return self.server.slots / f"{sha256(told).hexdigest()[:32]}.slot"

    async def _load(self, messages: Sequence[Message]) -> None:
        file = self._file(messages)
        if file.name == self._loaded:
            return
        self._loaded = ""  # what comes now replaces what the slot holds
        if messages and file.exists():
            try:
                if await self._slot("restore", file.name):
                    self._loaded = file.name
            finally:
                if not self._loaded:
                    file.unlink(missing_ok=True)  # damaged, and it may have ended the server: it is computed again

    async def _slot(self, action: str, name: str) -> bool:
        """Save or restore the slot; whether it worked. Without it the prompt is only slower."""
        try:
            headers = {"Authorization": f"Bearer {self.server.key}"}
            async with httpx.AsyncClient(timeout=60, headers=headers, trust_env=False) as client:
                reply = await client.post(
                    f"{self.server.address}/slots/0", params={"action": action}, json={"filename": name}
                )
        except httpx.TransportError as error:
            raise ModelUnavailable(f"the model server went away ({error}); it is started again, ask again") from error
        if reply.status_code != 200:
            return False
        told = reply.json()
        # A full disk shortens the file without an error.
        return action != "save" or (self.server.slots / name).stat().st_size == told.get("n_written")
