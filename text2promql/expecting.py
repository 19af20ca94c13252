"""Expecting: what a query for such a question is usually made of.

A ridge regression from the question (its embedding and its words) to the parts of the queries that the examples answer
such questions with: functions, groupings, filters, words of metrics. It is fitted in closed form when the index is
built, so it knows what the corpus knows and costs a multiplication at run time. It does not write queries; it tells
which of several drafts has what the words ask for and nothing else.
"""

from __future__ import annotations

import math
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from text2promql import promql
from text2promql.promql.tree import Aggregation, Binary, Call, Number, Selector, Subquery, grow, has_selector, nodes_of
from text2promql.words import words

__all__ = ["Expectations", "parts"]

#: Parts and words that are rarer are not learned; at most so many words, the most frequent ones.
PART_SEEN, WORD_SEEN, WORDS = 5, 6, 3000
#: Pull of the regression towards zero, and what the embedding counts beside the words.
PULL, EMBEDDED = 1.0, 2.0
#: No part is ever believed to be surely there, or surely absent.
LEAST, MOST = 0.01, 0.97
#: Factors that mean something: percent, milliseconds, minutes, bits, KiB.
_FACTORS = frozenset({1.0, 8.0, 60.0, 100.0, 1000.0, 1024.0})
_BATCH = 4096


class Expectations:
    """How likely each part is, for a question."""

    def __init__(self, names: Sequence[str], vocabulary: Sequence[str], weights: NDArray[np.float32]) -> None:
        """weights: (dimension of the embedding + words + 1, parts)."""
        self._place = {name: i for i, name in enumerate(names)}
        self._words = {word: i for i, word in enumerate(vocabulary)}
        self._weights = weights

    @classmethod
    def learn(
        cls, questions: Sequence[str], vectors: NDArray[np.float32], made_of: Sequence[frozenset[str]]
    ) -> Expectations:
        """From questions, their vectors (question, dimension) and the parts of the query of each."""
        seen = Counter(name for some in made_of for name in some)
        names = [name for name, n in seen.items() if PART_SEEN <= n < len(made_of)]
        said = Counter(w for q in questions for w in set(words(q)))
        vocabulary = [w for w, n in said.most_common(WORDS) if n >= WORD_SEEN]
        new = cls(names, vocabulary, np.zeros((vectors.shape[1] + len(vocabulary) + 1, len(names)), np.float32))
        size = len(new._weights)
        products, targets = PULL * np.eye(size, dtype=np.float32), np.zeros((size, len(names)), np.float32)
        for at in range(0, len(questions), _BATCH):
            rows = np.stack([new._row(q, v) for q, v in zip(questions[at : at + _BATCH], vectors[at:], strict=False)])
            there = np.zeros((len(rows), len(names)), np.float32)
            for i, some in enumerate(made_of[at : at + _BATCH]):
                there[i, [new._place[name] for name in some if name in new._place]] = 1.0
            products += rows.T @ rows
            targets += rows.T @ there
        new._weights = np.linalg.solve(products, targets).astype(np.float32)
        return new

    def of(self, question: str, vector: Sequence[float]) -> NDArray[np.float32]:
        """The chance of each part (parts,)."""
        chances: NDArray[np.float32] = np.clip(self._row(question, vector) @ self._weights, LEAST, MOST)
        return chances

    def likelihood(self, made_of: Iterable[str], chances: NDArray[np.float32]) -> float:
        """The logarithm of the chance that a query has these parts and no others."""
        there = [self._place[name] for name in made_of if name in self._place]
        absent = np.log1p(-chances)
        return float(absent.sum() - absent[there].sum() + np.log(chances[there]).sum())

    def _row(self, question: str, vector: Sequence[float] | NDArray[np.float32]) -> NDArray[np.float32]:
        known = [self._words[w] for w in set(words(question)) if w in self._words]
        row = np.zeros(len(self._weights), np.float32)
        row[: len(vector)] = EMBEDDED * np.asarray(vector, dtype=np.float32)
        row[[len(vector) + place for place in known]] = 1 / math.sqrt(len(known) or 1)
        row[-1] = 1.0
        return row

    def write(self, file: Path) -> None:
        np.savez(
            file, names=np.array(list(self._place), str), words=np.array(list(self._words), str), weights=self._weights
        )

    @classmethod
    def read(cls, file: Path) -> Expectations:
        """Raises OSError, ValueError or KeyError for a file that is missing or damaged."""
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
                return cls(kept["names"].tolist(), kept["words"].tolist(), kept["weights"])
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{file} is damaged") from error


@lru_cache(maxsize=1 << 16)
def parts(query: str) -> frozenset[str]:
    """What a query is made of: `fn:rate`, `by:pod`, `op:/`, `is:total`, `word:bytes`, `label:state`, `value:idle`...

    Nothing is told of a form that cannot be taken apart. Raises BadQuery.
    """
    try:
        tree = grow(promql.parse(query))
    except TypeError:
        return frozenset()
    out: set[str] = set()
    for node in nodes_of(tree):
        match node:
            case Call(function=name):
                out.add(f"fn:{name}")
            case Aggregation(op=op, labels=labels):
                out |= {f"fn:{op}", "is:grouped", *(f"by:{label}" for label in labels or ())}
                if not labels and op not in ("topk", "bottomk"):
                    out.add("is:total")
            case Binary(sign=sign, left=left, right=right):
                both = has_selector(left) and has_selector(right)
                out.add(f"op:{sign}{'' if both else ' number'}")
                out.update(_factor(side.value) for side in (left, right) if isinstance(side, Number))
            case Selector(metric=metric, matchers=matchers):
                out |= {f"word:{w}" for w in words(metric)} | {f"label:{label}" for label, _, _ in matchers}
                out |= {f"value:{said.lower()}" for _, _, value in matchers for said in value.split("|")}
                out.add("is:range" if node.range else "is:instant")
                if node.shift:
                    out.add("is:shifted")
            case Subquery():
                out.add("is:subquery")
    return frozenset(out)


def _factor(value: float) -> str:
    return f"number:{value:g}" if value in _FACTORS else "number"
