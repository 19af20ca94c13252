"""Replies that were paid for once: a chat model that remembers what it was asked, in a file that outlives the run."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel

from text2promql import models
from text2promql.models.chat import ChatModel, Delta, EmbeddedChat, ModelUsage, Request
from text2promql.settings import Settings

__all__ = ["Call", "RememberingChat", "Replies", "identity"]


class Call(BaseModel):
    """One call of the model. Times are those of the call that was paid for, remembered or not."""

    prompt: list[dict[str, str]] = []
    fixed: int = 0
    reply: str
    first_token_ms: float
    total_ms: float
    usage: list[int] = []
    remembered: bool = False


class Replies:
    """A SQLite file from a request's digest to the reply."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS replies (digest TEXT PRIMARY KEY, call TEXT NOT NULL) WITHOUT ROWID"
        )

    def get(self, digest: str) -> Call | None:
        row = self._db.execute("SELECT call FROM replies WHERE digest = ?", (digest,)).fetchone()
        return Call.model_validate_json(row[0]) if row else None

    def put(self, digest: str, call: Call) -> None:
        lean = call.model_dump_json(exclude={"prompt", "fixed", "remembered"})
        self._db.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (digest, lean))

    def close(self) -> None:
        self._db.close()


def identity(settings: Settings) -> str:
    """What makes two models the same: the file's SHA-256, or endpoint and name. Raises ModelFileError."""
    if settings.model_url:
        return f"{settings.model_url} {settings.model}"
    pinned = models.MODELS.get(settings.model)
    if pinned:
        return pinned.digest
    with models.find(settings.model).open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _plain(request: Request) -> list[dict[str, str]]:
    return [{"role": m["role"], "content": m["content"]} for m in request.messages]


class RememberingChat:
    """A chat model in front of another; `take` gives the calls made since it was last called.

    With `keep`, the embedded model has a prompt's fixed beginning ready before it is timed, as in a service.
    """

    def __init__(self, inner: ChatModel, who: str, replies: Replies, keep: bool = True) -> None:
        self.name = inner.name
        self.inner, self._who, self._replies, self._keep = inner, who, replies, keep
        self._calls: list[Call] = []

    def take(self) -> list[Call]:
        calls, self._calls = self._calls, []
        return calls

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        digest = self._digest(request)
        known = self._replies.get(digest)
        if known:
            shown = {"prompt": _plain(request), "fixed": request.fixed, "remembered": True}
            self._calls.append(known.model_copy(update=shown))
            yield Delta(known.reply, ModelUsage(*known.usage) if known.usage else None, "stop")
            return
        if isinstance(self.inner, EmbeddedChat) and request.fixed and self._keep:
            await self.inner.warm(request.messages[: request.fixed])  # as a service has done before anyone asks
        started = time.perf_counter()
        text, first, usage, whole = "", 0.0, None, False
        try:
            async with aclosing(self.inner.stream(request)) as deltas:
                async for delta in deltas:
                    if delta.text and not text:
                        first = (time.perf_counter() - started) * 1000
                    text += delta.text
                    usage = delta.usage or usage
                    yield delta
            whole = True
        except GeneratorExit:
            whole = True  # who asked has read all that it wants
            raise
        finally:
            if whole:
                call = Call(
                    prompt=_plain(request),
                    fixed=request.fixed,
                    reply=text,
                    first_token_ms=first,
                    total_ms=(time.perf_counter() - started) * 1000,
                    usage=[usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens] if usage else [],
                )
                self._replies.put(digest, call)
                self._calls.append(call)

    async def close(self) -> None:
        await self.inner.close()

    def _digest(self, request: Request) -> str:
        asked = [self._who, list(request.messages), request.max_tokens, list(request.stop), request.grammar or "",
                 request.temperature, request.seed]  # fmt: skip
        return sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()
