"""Build: ingest, reason, split, embed, and swap the new index in."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import text2promql
from offline.ingest import CorpusFile, read_corpus
from offline.reason import reason
from offline.split import split_questions
from text2promql.embeddings import Embedder
from text2promql.errors import CorpusError, StaleIndex
from text2promql.examples import Example, Scenario
from text2promql.index import Index, Manifest, Progress, write_index
from text2promql.vectors import FOLDER, KeptVectors, keep

__all__ = ["build", "corpus_hash", "keep_vectors", "up_to_date"]

_CODE = (Path(__file__).parent, Path(text2promql.__file__).parent)


def build(
    corpora: Sequence[Path], index: Path, embedder: Embedder, progress: Progress | None = None
) -> tuple[Manifest, int]:
    """Turn corpus folders into an index. Returns (manifest, texts embedded anew). Raises CorpusError.

    A scenario may stand in several folders: a later folder's examples come first, as they were added by hand for
    this system, and the first folder's title and reading hold.
    """
    scenarios: dict[str, Scenario] = {}
    examples: dict[str, list[Example]] = {}
    owners: dict[str, str] = {}
    for corpus in corpora:
        for file in _distinct(corpus):
            scenario, found = reason(file)
            for example in found:
                if example.id in owners:
                    raise CorpusError(f"{corpus}: example id {example.id!r} is already used in {owners[example.id]}")
                owners[example.id] = str(corpus)
            scenarios.setdefault(scenario.name, scenario)
            examples[scenario.name] = found + examples.get(scenario.name, [])
    ordered = [e for own in examples.values() for e in own]
    kept = KeptVectors(corpora, embedder)
    return write_index(
        index, list(scenarios.values()), split_questions(ordered), embedder, corpus_hash(corpora), kept, progress
    )


def up_to_date(corpora: Sequence[Path], index: Path, embedder: Embedder) -> bool:
    """Whether an index is sound, and what `build` would make of these corpora now."""
    try:
        return Index.read(index, embedder).manifest.corpus == corpus_hash(corpora)
    except StaleIndex:
        return False


def keep_vectors(corpus: Path, index: Path, embedder: Embedder) -> int:
    """Keep an index's vectors beside its corpus, a file for each scenario. Returns how many files changed."""
    built = Index.read(index, embedder)
    known = dict(built.vectors.vectors())
    written = 0
    for name in built.scenarios:
        own = [e for e in built.examples.values() if e.scenario == name]
        texts = dict.fromkeys(way for e in own for ways in e.questions.values() for way in ways)
        written += keep(corpus / FOLDER / f"{name}.npz", embedder, {text: known[text] for text in texts})
    return written


def _distinct(corpus: Path) -> list[CorpusFile]:
    files = read_corpus(corpus)
    names = [f.scenario for f in files]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise CorpusError(f"{corpus}: two files have the scenario {twice!r}")
    return files


def corpus_hash(corpora: Sequence[Path]) -> str:
    """SHA-256 over the corpus files, names included, and over the code that makes an index of them."""
    digest = sha256()
    code = [path for package in _CODE for path in sorted(package.rglob("*.py"))]
    for path in (*code, *(path for corpus in corpora for path in sorted(corpus.glob("*.yaml")))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
