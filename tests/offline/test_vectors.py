"""Vectors that are kept beside the corpus."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from offline.build import build, keep_vectors
from offline.ingest import read_corpus
from text2promql.embeddings import Embedder
from text2promql.service import corpus_folder
from text2promql.vectors import FOLDER, KeptVectors, keep

MEND = "run `text2promql build --keep-vectors`"


def phrasings(corpus: Path) -> list[str]:
    return [way for f in read_corpus(corpus) for e in f.examples for way in (*e.question.en, *e.question.zh)]


def test_the_corpus_that_ships_has_its_vectors(embedder: Embedder) -> None:
    texts = phrasings(corpus_folder())
    kept = KeptVectors([corpus_folder()], embedder).of(texts)
    missing = [t for t in texts if t not in kept]
    assert not missing, f"{len(missing)} phrasings have no vector, as {missing[0]!r}: {MEND}"


def test_they_are_those_that_the_embedder_makes(embedder: Embedder) -> None:
    some = random.Random(3).sample(phrasings(corpus_folder()), 40)
    kept = KeptVectors([corpus_folder()], embedder).of(some)
    made = np.array(embedder.embed_documents(some))
    before, after = made @ made.T, np.stack([kept[t] for t in some])
    assert (made * after).sum(1) == pytest.approx(np.ones(len(some)), abs=2e-3), MEND
    assert np.abs(before - after @ after.T).max() < 1e-3


CORPUS = """
scenario: parcels
title: {en: Parcels, zh: 包裹}
reading: Parcels are counters by depot; nothing of this shop is in the demo world, and that is what this is for.
examples:
  - id: parcels-lost
    question: {en: ["lost parcels per second", "how fast do we lose parcels"], zh: ["每秒丢多少包裹", "丢包裹的速度"]}
    promql: sum(rate(shop_parcels_lost_total[5m]))
"""


def test_a_build_with_kept_vectors_embeds_nothing(tmp_path: Path, embedder: Embedder) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "parcels.yaml").write_text(CORPUS, encoding="utf-8")
    assert build([corpus], tmp_path / "one", embedder)[1] == 4
    assert keep_vectors(corpus, tmp_path / "one", embedder) == 1
    assert keep_vectors(corpus, tmp_path / "one", embedder) == 0
    assert build([corpus], tmp_path / "two", embedder)[1] == 0


def test_of_another_embedder_or_damaged_they_are_left_aside(tmp_path: Path, embedder: Embedder) -> None:
    class Other(Embedder):
        id, dimension = "other", 384

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            raise NotImplementedError

        def embed_query(self, text: str) -> list[float]:
            raise NotImplementedError

    file = tmp_path / FOLDER / "x.npz"
    keep(file, embedder, {"a": np.eye(1, 384, dtype=np.float32)[0]})
    assert list(KeptVectors([tmp_path], embedder).of(["a", "b"])) == ["a"]
    assert KeptVectors([tmp_path], Other()).of(["a"]) == {}
    file.write_bytes(file.read_bytes()[:100])
    assert KeptVectors([tmp_path], embedder).of(["a"]) == {}
