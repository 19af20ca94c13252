"""Memory: the index of the corpus together with what the store has learned since. The store is the truth.

What is learned is put over the index that was read from disk, in memory; so it is used at once, outlives a restart
and a rebuild of the index, and reaches every process that shares the store.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from text2promql.demotions import Demotions
from text2promql.embeddings import Embedder
from text2promql.errors import StaleIndex, StoreError
from text2promql.index import Index, index_stamp
from text2promql.retrieval import Retriever
from text2promql.store.knowledge import Knowledge, Taught

__all__ = ["Memory"]

log = logging.getLogger(__name__)


class Memory:
    """Has a retriever that knows the index in a folder and what the store was taught. Thread-safe; calls block."""

    def __init__(self, index: Index, folder: Path, embedder: Embedder, knowledge: Knowledge) -> None:
        """Raises StoreError."""
        self._corpus, self._folder = index, folder
        self._embedder, self._knowledge = embedder, knowledge
        self._lock = threading.Lock()
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._take_up(knowledge.taught())

    def refresh(self) -> None:
        """Take up another index, or what was learned since, by whichever process. Keeps what it has on failure."""
        with self._lock:
            changed = self._read_index()
            try:
                if changed or self._knowledge.revision() != self._taught.revision:
                    self._take_up(self._knowledge.taught())
            except StoreError as error:
                log.error("using what was learned before: %s", error)
                if changed:
                    self._take_up(self._taught)

    def drop_vectors(self) -> None:
        """Delete kept vectors of texts that are no longer used. Raises StoreError."""
        with self._lock:
            self._knowledge.drop_vectors(_texts(self._knowledge.taught()))

    def _read_index(self) -> bool:
        try:
            if index_stamp(self._folder) == self._corpus.stamp:
                return False
            self._corpus = Index.read(self._folder, self._embedder)
        except (OSError, StaleIndex) as error:
            log.warning("keeping the index in memory: %s", error)
            return False
        log.info("took up the new index in %s", self._folder)
        return True

    def _take_up(self, taught: Taught) -> None:
        self._embed(_texts(taught))
        wrong = [(self._vectors[w.question], w.misled) for w in taught.wrong]
        index = self._corpus.including(taught.examples, taught.scenarios, self._vectors, Demotions(wrong))
        self.retriever = Retriever(index)
        self._taught = taught

    def _embed(self, texts: Iterable[str]) -> None:
        """Have the vectors of these texts: those of before, those that any process has kept, the rest made now."""
        texts = dict.fromkeys(texts)
        held = {t: v for t, v in self._vectors.items() if t in texts}
        missing = [t for t in texts if t not in held]
        if missing:
            held |= self._knowledge.vectors(self._embedder.id, missing)
            fresh = [t for t in missing if t not in held]
            made = self._embedder.embed_documents(fresh)
            new = {t: np.array(v, dtype=np.float32) for t, v in zip(fresh, made, strict=True)}
            held |= new
            if new:
                self._keep(new)
        self._vectors = held

    def _keep(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        try:
            self._knowledge.keep_vectors(self._embedder.id, vectors)
        except StoreError as error:
            log.warning("these vectors are made again at the next start: %s", error)


def _texts(taught: Taught) -> list[str]:
    asked = [way for e in taught.examples for ways in e.questions.values() for way in ways]
    return [*asked, *(w.question for w in taught.wrong)]
