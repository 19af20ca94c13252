"""Build: ingest, reason, split, embed, and swap the new index in."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from offline.ingest import read_corpus
from offline.reason import reason
from offline.split import split_questions
from text2promql.embeddings import Embedder
from text2promql.errors import CorpusError
from text2promql.examples import Example, Scenario
from text2promql.index import Manifest, Progress, write_index

__all__ = ["build", "corpus_hash"]


def build(corpus: Path, index: Path, embedder: Embedder, progress: Progress | None = None) -> tuple[Manifest, int]:
    """Turn a corpus folder into an index. Returns (manifest, texts embedded anew). Raises CorpusError."""
    scenarios: list[Scenario] = []
    examples: list[Example] = []
    for file in read_corpus(corpus):
        scenario, found = reason(file)
        if scenario.name in {s.name for s in scenarios}:
            raise CorpusError(f"{corpus}: two files have the scenario {scenario.name!r}")
        scenarios.append(scenario)
        examples += found
    return write_index(index, scenarios, split_questions(examples), embedder, corpus_hash(corpus), progress)


def corpus_hash(corpus: Path) -> str:
    """SHA-256 over the corpus files, names included."""
    digest = sha256()
    for path in sorted(corpus.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
