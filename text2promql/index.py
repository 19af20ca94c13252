"""The index: a folder with a manifest, the examples, a FAISS file of question vectors, the words of each question, and
what they let one expect.

Built beside the old one and swapped in by one rename, so that a reader sees the old or the new, never half.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from text2promql.demotions import Demotions
from text2promql.embeddings import Embedder
from text2promql.errors import StaleIndex
from text2promql.examples import Example, Scenario
from text2promql.expecting import Expectations, parts
from text2promql.telling import Telling
from text2promql.vectors import KeptVectors
from text2promql.wording import Wording
from text2promql.wording import parts as parts_said
from text2promql.words import bag

__all__ = ["FORMAT", "Index", "Manifest", "QuestionVectors", "write_index"]

FORMAT = 4
_REBUILD = "rebuild it with `text2promql build`"


class Manifest(BaseModel):
    format: int
    embedder: str
    dimension: int
    corpus: str
    examples: int
    questions: int


class QuestionVectors(VectorStore):
    """FAISS inner product over unit vectors; document metadata names the example of a question.

    It has parts, as the one that is mapped from a file cannot grow.
    """

    def __init__(self, embedder: Embedder, *parts: tuple[Any, list[Document]]) -> None:
        self._embedder, self._parts = embedder, list(parts)

    @property
    def embeddings(self) -> Embeddings:
        return self._embedder

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        texts = list(texts)
        known = metadatas or [{} for _ in texts]
        first = sum(len(questions) for _, questions in self._parts)
        vectors = np.array(self._embedder.embed_documents(texts), dtype=np.float32)
        more = self.including(
            [Document(page_content=t, metadata=m) for t, m in zip(texts, known, strict=True)], vectors
        )
        self._parts = more._parts
        return [str(i) for i in range(first, first + len(texts))]

    def including(self, questions: list[Document], vectors: NDArray[np.float32]) -> QuestionVectors:
        """These and more; this one stays as it is."""
        if not questions:
            return self
        part = faiss.IndexFlatIP(self._embedder.dimension)
        part.add(vectors)
        return QuestionVectors(self._embedder, *self._parts, (part, questions))

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [d for d, _ in self.similarity_search_with_score(query, k)]

    def similarity_search_with_score(self, query: str, k: int = 4) -> list[tuple[Document, float]]:
        """The k nearest questions with their cosine similarity, nearest first."""
        return self.nearest(self.embed(query), k)

    def embed(self, question: str) -> list[float]:
        return self._embedder.embed_query(question)

    def nearest(self, vector: list[float], k: int) -> list[tuple[Document, float]]:
        found: list[tuple[Document, float]] = []
        for part, questions in self._parts:
            scores, places = part.search(np.array([vector], dtype=np.float32), min(k, len(questions)))
            found += [(questions[i], float(s)) for s, i in zip(scores[0], places[0], strict=True) if i >= 0]
        return sorted(found, key=lambda f: -f[1])[:k]

    def vectors(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Every question with its vector."""
        for part, questions in self._parts:
            for place, question in enumerate(questions):
                yield question.page_content, np.asarray(part.reconstruct(place), dtype=np.float32)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> QuestionVectors:
        if not isinstance(embedding, Embedder):
            raise TypeError("QuestionVectors needs an Embedder, whose id the index records")
        store = cls(embedding)
        store.add_texts(texts, metadatas)
        return store


class Index:
    """An index read from disk. `stamp` changes when another index takes its place."""

    def __init__(
        self,
        manifest: Manifest,
        scenarios: dict[str, Scenario],
        examples: dict[str, Example],
        vectors: QuestionVectors,
        bags: dict[str, list[frozenset[str]]],
        expectations: Expectations,
        wording: Wording,
        telling: Telling,
        stamp: tuple[int, int],
        demotions: Demotions = Demotions(),  # noqa: B008  it never changes
    ) -> None:
        self.manifest, self.scenarios, self.examples, self.expectations = manifest, scenarios, examples, expectations
        self.vectors, self.wording, self.stamp, self.demotions = vectors, wording, stamp, demotions
        self.telling = telling
        #: The bags of words of each example's questions, by its id.
        self.bags = bags

    def including(
        self,
        examples: Sequence[Example],
        scenarios: Sequence[Scenario],
        vectors: Mapping[str, NDArray[np.float32]],
        demotions: Demotions,
    ) -> Index:
        """This index with more examples, whose questions' vectors are given; the files stay as they are."""
        questions = _questions(examples)
        stacked = np.stack([vectors[q.page_content] for q in questions]) if questions else np.empty((0, 0), np.float32)
        return Index(
            self.manifest,
            {s.name: s for s in scenarios} | self.scenarios,
            self.examples | {e.id: e for e in examples},
            self.vectors.including(questions, stacked),
            self.bags | _by_example(questions, (bag(q.page_content) for q in questions)),
            self.expectations,
            self.wording.including(*_said(examples)),
            self.telling,
            self.stamp,
            demotions,
        )

    @classmethod
    def read(cls, folder: Path, embedder: Embedder) -> Index:
        """Raises StaleIndex with the command that mends it."""
        if not (folder / "manifest.json").exists():
            raise StaleIndex(f"there is no index in {folder}; build it with `text2promql build`")
        try:
            stamp = index_stamp(folder)
            manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise StaleIndex(f"the index in {folder} has a damaged manifest; {_REBUILD}") from error
        if manifest.format != FORMAT:
            raise StaleIndex(
                f"the index in {folder} has format {manifest.format}, this version reads {FORMAT}; {_REBUILD}"
            )
        if manifest.embedder != embedder.id:
            raise StaleIndex(
                f"the index in {folder} was built with the embedder {manifest.embedder}, "
                f"but {embedder.id} is set; {_REBUILD}"
            )
        try:
            scenarios, examples = _examples_in(folder)
            vectors = _vectors_in(folder, embedder, examples.values())
            said = json.loads((folder / "bags.json").read_bytes())
            bags = _by_example(_questions(examples.values()), map(frozenset, said))
            expectations = Expectations.read(folder / "expected.npz")
            wording = Wording.read(folder / "wording.npz")
            telling = Telling.read(folder / "telling.npz")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            told = str(error) if isinstance(error, ValueError) else type(error).__name__
            raise StaleIndex(f"the index in {folder} is damaged ({told}); {_REBUILD}") from error
        return cls(manifest, scenarios, examples, vectors, bags, expectations, wording, telling, stamp)


def index_stamp(folder: Path) -> tuple[int, int]:
    """Identity of the index that lies in the folder now."""
    seen = (folder / "manifest.json").stat()
    return seen.st_ino, seen.st_mtime_ns


def _questions(examples: Iterable[Example]) -> list[Document]:
    return [
        Document(page_content=text, metadata={"example": e.id, "lang": lang})
        for e in examples
        for lang, ways in e.questions.items()
        for text in ways
    ]


def _by_example(questions: Sequence[Document], bags: Iterable[frozenset[str]]) -> dict[str, list[frozenset[str]]]:
    """Raises ValueError where they are not as many."""
    out: dict[str, list[frozenset[str]]] = {}
    for question, own in zip(questions, bags, strict=True):
        out.setdefault(question.metadata["example"], []).append(own)
    return out


def _said(examples: Sequence[Example]) -> tuple[list[str], list[frozenset[str]]]:
    """Every question, and what its words may speak for."""
    made = {e.id: parts_said(e.promql, e.scenario) for e in examples}
    questions = _questions(examples)
    return [q.page_content for q in questions], [made[q.metadata["example"]] for q in questions]


Progress = Callable[[int, int], None]


def write_index(
    folder: Path,
    scenarios: list[Scenario],
    examples: list[Example],
    embedder: Embedder,
    corpus: str,
    kept: KeptVectors,
    progress: Progress | None = None,
) -> tuple[Manifest, int]:
    """Build the index beside the old one and swap it in. Returns (manifest, newly embedded texts).

    Texts that the old index holds under the same embedder, or that are kept, have their vectors already.
    """
    questions = _questions(examples)
    known = kept.of(q.page_content for q in questions) | _known_vectors(folder, embedder)
    fresh = list(dict.fromkeys(q.page_content for q in questions if q.page_content not in known))
    size = 64
    for i in range(0, len(fresh), size):
        batch = fresh[i : i + size]
        for text, vector in zip(batch, embedder.embed_documents(batch), strict=True):
            known[text] = np.array(vector, dtype=np.float32)
        if progress:
            progress(min(i + size, len(fresh)), len(fresh))
    stacked = np.stack([known[q.page_content] for q in questions])
    store = faiss.IndexFlatIP(embedder.dimension)
    store.add(stacked)
    manifest = Manifest(
        format=FORMAT,
        embedder=embedder.id,
        dimension=embedder.dimension,
        corpus=corpus,
        examples=len(examples),
        questions=len(questions),
    )
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    faiss.write_index(store, str(beside / "vectors.faiss"))
    made_of = {e.id: parts(e.promql) for e in examples}
    told = [made_of[q.metadata["example"]] for q in questions]
    Expectations.learn([q.page_content for q in questions], stacked, told).write(beside / "expected.npz")
    Wording.learn(*_said(examples)).write(beside / "wording.npz")
    owners = [q.metadata["example"] for q in questions]
    meant = {e.id: parts_said(e.promql, e.scenario) for e in examples}
    Telling.learn([q.page_content for q in questions], stacked, owners, meant).write(beside / "telling.npz")
    said = [sorted(bag(q.page_content)) for q in questions]
    (beside / "bags.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    data = {"scenarios": [s.model_dump() for s in scenarios], "examples": [e.model_dump() for e in examples]}
    (beside / "examples.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    (beside / "manifest.json").write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    _swap(beside, folder)
    return manifest, len(fresh)


def _known_vectors(folder: Path, embedder: Embedder) -> dict[str, NDArray[np.float32]]:
    """The vectors of an index of any format; none where there is none, or one that cannot be used."""
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        if manifest.embedder != embedder.id:
            return {}
        return dict(_vectors_in(folder, embedder, _examples_in(folder)[1].values()).vectors())
    except (OSError, ValueError, KeyError, RuntimeError):
        return {}  # nothing to reuse: the whole corpus is embedded


def _examples_in(folder: Path) -> tuple[dict[str, Scenario], dict[str, Example]]:
    """Raises OSError, ValueError, KeyError."""
    data = json.loads((folder / "examples.json").read_bytes())
    scenarios = {s["name"]: Scenario.model_validate(s) for s in data["scenarios"]}
    return scenarios, {e["id"]: Example.model_validate(e) for e in data["examples"]}


def _vectors_in(folder: Path, embedder: Embedder, examples: Iterable[Example]) -> QuestionVectors:
    """Raises RuntimeError for a file that FAISS cannot read, ValueError for one that holds other vectors."""
    vectors = faiss.read_index(str(folder / "vectors.faiss"), faiss.IO_FLAG_MMAP)
    questions = _questions(examples)
    if vectors.ntotal != len(questions) or vectors.d != embedder.dimension:
        raise ValueError(f"it holds {vectors.ntotal} vectors for {len(questions)} questions")
    return QuestionVectors(embedder, (vectors, questions))


def _swap(beside: Path, folder: Path) -> None:
    """A folder cannot be replaced by rename unless it is empty: the old one steps aside first."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        os.rename(folder, aside)
    os.rename(beside, folder)
    shutil.rmtree(aside, ignore_errors=True)
