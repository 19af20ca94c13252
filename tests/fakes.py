"""Seams filled with real subclasses: a model with queued replies, an embedder that is arithmetic on words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np

from text2promql.embeddings import Embedder
from text2promql.models.chat import Delta, ModelUsage, Request
from text2promql.prompts import Message
from text2promql.words import words


class QueuedModel:
    """Streams queued replies word by word and keeps what it was sent. A call that no one queued fails."""

    def __init__(self, *replies: str, pause: float = 0.0) -> None:
        self.name = "queued"
        self.replies = list(replies)
        self.sent: list[list[Message]] = []
        self.pause = pause
        self.tokens_streamed = 0
        self.closed_early = False

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        assert self.replies, f"a model call that no one queued a reply for: {request.messages[-1]['content'][:200]}"
        self.sent.append(list(request.messages))
        finished = False
        try:
            for piece in self.replies.pop(0).split(" "):
                await asyncio.sleep(self.pause)
                self.tokens_streamed += 1
                yield Delta(piece + " ")
            finished = True
            yield Delta("", ModelUsage(100, 80, 20), "stop")
        finally:
            self.closed_early = not finished

    async def close(self) -> None:
        pass


class WordEmbedder(Embedder):
    """A bag of hashed words, unit length: texts that share words are near."""

    id = "words/64"
    dimension = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return [self._vector(t) for t in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._vector(text)

    def _vector(self, text: str) -> list[float]:
        vector = np.full(self.dimension, 1e-3)
        for word in words(text):
            vector[sum(ord(c) * (i + 1) for i, c in enumerate(word)) % self.dimension] += 1
        return [float(x) for x in vector / np.linalg.norm(vector)]
