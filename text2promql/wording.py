"""Wording: with what words people ask for the parts of a query.

IBM's model 1 of translation, learned from all phrasings when the index is built: each word of a question
is said for the sake of some part of its query, and expectation maximisation finds which. So "积压" comes to speak for
`kafka_consumergroup_lag`, in both languages and without a dictionary. It tells how well a query accounts for every
word of a question, where `expecting` tells how well the question accounts for every part of a query.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from text2promql import promql
from text2promql.expecting import parts as made_of
from text2promql.words import words

__all__ = ["Said", "Wording", "parts"]

#: Rounds of expectation maximisation, and by how much a part must have been asked for to be believed.
ROUNDS, PULL = 5, 1.0
#: Share of the words that are said for the sake of the query; the rest is talk.
MEANT = 0.9
#: Chances below this one are not kept.
LEAST = 1e-5
#: Stands in every query, for words that speak for nothing.
_NOTHING = "nothing"


@lru_cache(maxsize=1 << 16)
def parts(query: str, scenario: str) -> frozenset[str]:
    """What words may speak for: all that a query is made of, its metrics, and the scenario it belongs to. Raises
    BadQuery."""
    metrics = {f"metric:{name}" for name in promql.metrics(promql.parse(query))}
    return made_of(query) | metrics | {f"scenario:{scenario}", _NOTHING}


@dataclass(frozen=True)
class Said:
    """A question's known words: how usual each is (word,), and its chance to be said for each part (word, part)."""

    words: tuple[str, ...]
    usual: NDArray[np.float64]
    chances: NDArray[np.float64]
    places: dict[str, int]

    def gain(self, some: Iterable[str]) -> float:
        """The log likelihood of the words, given the parts of a query, over that of words said at random."""
        known = [self.places[name] for name in some if name in self.places]
        if not known or not len(self.usual):
            return 0.0
        return float(np.log(1 - MEANT + MEANT * self.chances[:, known].mean(1) / self.usual).sum())

    def meant(self, kind: str, least: float) -> dict[str, dict[str, float]]:
        """For each word the parts of a kind (`word:`) that it is said for more often than by chance: the logarithm of
        how many times as often, from `least` on."""
        names = {place: name.removeprefix(kind) for name, place in self.places.items() if name.startswith(kind)}
        own = np.array(list(names), np.int64)
        out: dict[str, dict[str, float]] = {}
        for word, chances, usual in zip(self.words, self.chances, self.usual, strict=True):
            times = chances[own] / usual
            found = np.flatnonzero(times > math.exp(least))
            out[word] = {names[own[i]]: float(np.log(times[i])) for i in found}
        return out


class Wording:
    """The chance of each word, for each part."""

    def __init__(
        self,
        vocabulary: Sequence[str],
        usual: NDArray[np.float64],
        names: Sequence[str],
        pairs: NDArray[np.int64],
        chances: NDArray[np.float64],
    ) -> None:
        """usual: (word,); pairs: (pair, 2) of word and part, in order of words; chances: (pair,)."""
        self._words, self._usual = {word: i for i, word in enumerate(vocabulary)}, usual
        self._places = {name: i for i, name in enumerate(names)}
        self._pairs, self._chances = pairs, chances
        self._starts = np.searchsorted(pairs[:, 0], np.arange(len(vocabulary) + 1))

    @classmethod
    def learn(cls, questions: Sequence[str], made: Sequence[frozenset[str]]) -> Wording:
        """From questions and the parts of the query of each."""
        vocabulary: dict[str, int] = {}
        names: dict[str, int] = {}
        said, meant, sizes = [], [], []
        for question, some in zip(questions, made, strict=True):
            own = [names.setdefault(name, len(names)) for name in sorted(some)]
            for word in sorted(set(words(question))):
                said.append(np.full(len(own), vocabulary.setdefault(word, len(vocabulary))))
                meant.append(own)
                sizes.append(len(own))
        if not sizes:
            return cls([], np.empty(0), list(names), np.empty((0, 2), np.int64), np.empty(0))
        each, owner = np.concatenate(said), np.repeat(np.arange(len(sizes)), sizes)
        keys, place = np.unique(each.astype(np.int64) * len(names) + np.concatenate(meant), return_inverse=True)
        pairs = np.stack([keys // len(names), keys % len(names)], 1)
        chances = np.full(len(keys), 1 / len(vocabulary))
        for _ in range(ROUNDS):
            share = chances[place]
            share /= np.bincount(owner, share)[owner]
            counted = np.bincount(place, share)
            chances = counted / (np.bincount(pairs[:, 1], counted, len(names))[pairs[:, 1]] + PULL)
        usual = np.bincount(each, 1 / np.array(sizes)[owner], len(vocabulary))
        kept = chances >= LEAST
        return cls(list(vocabulary), usual / usual.sum(), list(names), pairs[kept], chances[kept])

    def of(self, question: str) -> Said:
        said = [w for w in sorted(set(words(question))) if w in self._words]
        known = [self._words[w] for w in said]
        chances = np.zeros((len(known), len(self._places)))
        for row, word in enumerate(known):
            own = slice(self._starts[word], self._starts[word + 1])
            chances[row, self._pairs[own, 1]] = self._chances[own]
        return Said(tuple(said), self._usual[known], chances, self._places)

    def including(self, questions: Sequence[str], made: Sequence[frozenset[str]]) -> Wording:
        """This and what was learned since. Parts that are new are said with any of their questions' words; what words
        the others have, is known already."""
        found = [(sorted(set(words(q))), some - self._places.keys()) for q, some in zip(questions, made, strict=True)]
        found = [(said, new) for said, new in found if said and new]
        if not found:
            return self
        vocabulary = dict(self._words)
        names = dict(self._places)
        counted: dict[tuple[int, int], float] = {}
        times: dict[int, int] = {}
        for said, new in found:
            for part in (names.setdefault(name, len(names)) for name in sorted(new)):
                times[part] = times.get(part, 0) + 1
                for word in said:
                    pair = vocabulary.setdefault(word, len(vocabulary)), part
                    counted[pair] = counted.get(pair, 0.0) + 1 / len(said)
        pairs = np.concatenate([self._pairs, np.array(list(counted), np.int64).reshape(-1, 2)])
        chances = np.concatenate([self._chances, [n / times[part] for (_, part), n in counted.items()]])
        order = np.argsort(pairs[:, 0], kind="stable")
        rare = float(self._usual.min()) if len(self._usual) else 1 / len(vocabulary)
        usual = np.concatenate([self._usual, np.full(len(vocabulary) - len(self._usual), rare)])
        return Wording(list(vocabulary), usual, list(names), pairs[order], chances[order])

    def write(self, file: Path) -> None:
        np.savez_compressed(
            file,
            words=np.array(list(self._words), str),
            usual=self._usual.astype(np.float32),
            names=np.array(list(self._places), str),
            pairs=self._pairs.astype(np.int32),
            chances=self._chances.astype(np.float32),
        )

    @classmethod
    def read(cls, file: Path) -> Wording:
        """Raises OSError, ValueError or KeyError for a file that is missing or damaged."""
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                usual, chances = kept["usual"].astype(np.float64), kept["chances"].astype(np.float64)
                return cls(
                    kept["words"].tolist(), usual, kept["names"].tolist(), kept["pairs"].astype(np.int64), chances
                )
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{file} is damaged") from error
