"""Vectors of a corpus, kept beside it: whoever builds an index of the corpus that ships has nothing to embed.

`vectors/SCENARIO.npz` in a corpus folder has the embedder's id, and for each phrasing a hash of the text and its unit
vector in 8 bits a dimension; that moves no cosine by more than 0.001.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from text2promql.embeddings import Embedder

__all__ = ["FOLDER", "KeptVectors", "keep"]

log = logging.getLogger(__name__)

FOLDER = "vectors"
_MOST = 127


class KeptVectors:
    """The vectors beside some corpus folders that one embedder made."""

    def __init__(self, corpora: Iterable[Path], embedder: Embedder) -> None:
        self._found: dict[int, NDArray[np.int8]] = {}
        for file in sorted(f for corpus in corpora for f in (corpus / FOLDER).glob("*.npz")):
            try:
                with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                    own, vectors = str(kept["embedder"]), kept["vectors"]
                    if own == embedder.id and vectors.shape[1:] == (embedder.dimension,):
                        self._found.update(zip(kept["texts"].tolist(), vectors, strict=True))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
                log.warning("%s cannot be read, its questions are embedded: %s", file, error)

    def of(self, texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Unit vectors of the texts that are known."""
        places = {text: _hash(text) for text in texts}
        return {text: _unit(self._found[h].astype(np.float32)) for text, h in places.items() if h in self._found}


def keep(file: Path, embedder: Embedder, vectors: Mapping[str, NDArray[np.float32]]) -> bool:
    """Write the vectors of texts, if the file does not have just those. Returns whether it was written."""
    hashes = {_hash(text): text for text in vectors}
    order = sorted(hashes)
    made = np.stack([vectors[hashes[h]] for h in order])
    small = np.round(made / np.abs(made).max(1, keepdims=True) * _MOST).astype(np.int8)
    texts = np.array(order, np.uint64)
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
            if str(kept["embedder"]) == embedder.id and np.array_equal(kept["texts"], texts):
                return False
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # there is none, or a damaged one: it is written anew
    file.parent.mkdir(exist_ok=True)
    np.savez(file, embedder=np.array(embedder.id), texts=texts, vectors=small)
    return True


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit
