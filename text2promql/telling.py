"""Telling apart: which of two queries that resemble each other a question is for.

A linear ranking, learned when the index is built. Each phrasing of the corpus shall prefer, among the queries of the
examples near it, those that share the most parts with its own; so every word, and the embedding as a whole, comes to
speak for or against every part: "outgoing" for `transmit` and against `receive`, "each" for a grouping. Where `wording`
knows what a word usually stands for, this knows what it decides.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from text2promql.words import words

__all__ = ["Telling"]

#: Neighbours that a phrasing is told apart from, and phrasings that are looked at to find them.
APART, LOOKED_AT = 14, 60
#: Passes over the corpus, size of a step for words and for the embedding, share of the words that a pass leaves out.
PASSES, STEP, DENSE_STEP, LEFT_OUT = 3, 0.1, 0.05, 0.3
#: How much a more similar neighbour counts from the start; by so much of shared parts a neighbour is e times as good.
NEAR, SHARED = 20.0, 0.1
#: The length of an embedding beside that of a question's words.
EMBEDDED = 2.0
#: Weights that are smaller are not kept.
LEAST = 0.02
_BATCH = 2048


class Telling:
    """What each word, and the embedding, says for and against each part of a query."""

    def __init__(
        self,
        names: Sequence[str],
        vocabulary: Sequence[str],
        pairs: NDArray[np.int32],
        weights: NDArray[np.float32],
        dense: NDArray[np.float32],
        bias: NDArray[np.float32],
        mean: NDArray[np.float32],
    ) -> None:
        """pairs: (pair, 2) of word and part, in order of words; weights: (pair,); dense: (part, dimension);
        bias: (part,); mean: of the embeddings (dimension,)."""
        self._places = {name: i for i, name in enumerate(names)}
        self._words = {word: i for i, word in enumerate(vocabulary)}
        self._pairs, self._weights, self._dense, self._bias, self._mean = pairs, weights, dense, bias, mean
        self._starts = np.searchsorted(pairs[:, 0], np.arange(len(vocabulary) + 1))

    @classmethod
    def learn(
        cls,
        questions: Sequence[str],
        vectors: NDArray[np.float32],
        owners: Sequence[str],
        made: dict[str, frozenset[str]],
    ) -> Telling:
        """From questions, their vectors (question, dimension), the example of each, and the parts of its query."""
        names = sorted({name for some in made.values() for name in some})
        places = {name: i for i, name in enumerate(names)}
        vocabulary: dict[str, int] = {}
        said = [np.array(sorted({vocabulary.setdefault(w, len(vocabulary)) for w in words(q)}), int) for q in questions]
        order = {name: i for i, name in enumerate(made)}
        own = np.array([order[name] for name in owners], int)
        parts = [np.array(sorted(places[name] for name in some), int) for some in made.values()]
        mean = vectors.mean(0) if len(vectors) else np.zeros(vectors.shape[1], np.float32)
        centred = _centred(vectors, mean)
        by_word = np.zeros((len(vocabulary), len(names)), np.float32)
        dense, bias = np.zeros((len(names), vectors.shape[1]), np.float32), np.zeros(len(names), np.float32)
        seen = [np.full_like(by_word, 0.01), np.full(len(names), 0.01, np.float32), np.full_like(bias, 0.01)]
        near = _near(vectors, own)
        random = np.random.default_rng(0)
        for place in (i for _ in range(PASSES) for i in random.permutation(len(questions))):
            others, cosines = near[place]
            kept = said[place][random.random(len(said[place])) >= LEFT_OUT]
            if len(others) < 2 or not len(kept):
                continue
            used = np.unique(np.concatenate([parts[x] for x in others]))
            has = np.zeros((len(others), len(used)), np.float32)
            for row, other in enumerate(others):
                has[row, np.searchsorted(used, parts[other])] = 1.0
            shared = np.array([_shared(parts[own[place]], parts[x]) for x in others])
            share = 1 / math.sqrt(len(kept))
            at = np.ix_(kept, used)
            told = by_word[at].sum(0) * share + dense[used] @ centred[place] + bias[used]
            wrong = (_chances(NEAR * cosines + has @ told) - _chances(shared / SHARED)).astype(np.float32) @ has
            seen[0][at] += (wrong * share) ** 2
            by_word[at] -= STEP * share * wrong / np.sqrt(seen[0][at])
            seen[1][used] += wrong**2 * EMBEDDED**2 / vectors.shape[1]
            dense[used] -= np.outer(DENSE_STEP * wrong / np.sqrt(seen[1][used]), centred[place])
            seen[2][used] += wrong**2
            bias[used] -= DENSE_STEP * wrong / np.sqrt(seen[2][used])
        pairs = np.argwhere(np.abs(by_word) >= LEAST).astype(np.int32)
        return cls(names, list(vocabulary), pairs, by_word[pairs[:, 0], pairs[:, 1]], dense, bias, mean)

    def of(self, question: str, vector: Sequence[float] | NDArray[np.float32]) -> NDArray[np.float32]:
        """What the question says for each part (part,)."""
        known = [self._words[w] for w in set(words(question)) if w in self._words]
        told: NDArray[np.float32] = self._dense @ _centred(np.array([vector], np.float32), self._mean)[0] + self._bias
        for word in known:
            own = slice(self._starts[word], self._starts[word + 1])
            told[self._pairs[own, 1]] += self._weights[own] / math.sqrt(len(known))
        return told

    def speaks(self, some: Iterable[str], told: NDArray[np.float32]) -> float:
        """How much of it speaks for a query of these parts."""
        return float(told[[self._places[name] for name in some if name in self._places]].sum())

    def write(self, file: Path) -> None:
        np.savez_compressed(
            file,
            names=np.array(list(self._places), str),
            words=np.array(list(self._words), str),
            pairs=self._pairs,
            weights=self._weights.astype(np.float16),
            dense=self._dense.astype(np.float16),
            bias=self._bias,
            mean=self._mean,
        )

    @classmethod
    def read(cls, file: Path) -> Telling:
        """Raises OSError, ValueError or KeyError for a file that is missing or damaged."""
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                weights, dense = kept["weights"].astype(np.float32), kept["dense"].astype(np.float32)
                names, vocabulary = kept["names"].tolist(), kept["words"].tolist()
                return cls(names, vocabulary, kept["pairs"], weights, dense, kept["bias"], kept["mean"])
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{file} is damaged") from error


def _centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    apart = vectors - mean
    out: NDArray[np.float32] = EMBEDDED * apart / (np.linalg.norm(apart, axis=1, keepdims=True) + 1e-9)
    return out


def _near(vectors: NDArray[np.float32], own: NDArray[np.int_]) -> list[tuple[NDArray[np.int_], NDArray[np.float64]]]:
    """For each question the nearest examples by their other questions, its own among them, and their cosines."""
    out = []
    most = min(LOOKED_AT, len(vectors))
    for at in range(0, len(vectors), _BATCH):
        cosines = vectors[at : at + _BATCH] @ vectors.T
        nearest = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        for row, some in enumerate(nearest):
            best: dict[int, float] = {}
            for other in some[np.argsort(-cosines[row, some])]:
                if other != at + row and len(best) < APART:
                    best.setdefault(int(own[other]), float(cosines[row, other]))
            if own[at + row] not in best:
                twins = [i for i in np.flatnonzero(own == own[at + row]) if i != at + row]
                if twins:
                    best[int(own[at + row])] = float(cosines[row, twins].max())
            out.append((np.array(list(best), int), np.array(list(best.values()))))
    return out


def _shared(one: NDArray[np.int_], other: NDArray[np.int_]) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def _chances(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(scores - scores.max())
    out: NDArray[np.float64] = raised / raised.sum()
    return out
