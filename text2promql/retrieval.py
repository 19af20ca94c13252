"""Retrieval: the examples nearest to a question, the scenario they speak for, and whether any is near enough."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from text2promql import promql
from text2promql.answer import MetricRef
from text2promql.catalog import Catalog, family
from text2promql.examples import Example, Scenario
from text2promql.index import Index
from text2promql.linking import ordinary_words, values_in
from text2promql.untaught import Strangers
from text2promql.wording import Said, parts
from text2promql.words import bag, glossed, has_chinese, words

__all__ = ["Found", "Retriever", "language"]


def language(question: str) -> str:
    """zh for a question with Chinese characters, else en."""
    return "zh" if has_chinese(question) else "en"


#: Examples that are further behind the nearest one than this, in fused score, are not shown to the model.
MARGIN = 0.04
#: A metric that so few examples have is known too little; so many such ones may be meant.
RARE, STRANGERS = 3, 8
#: Phrasings that are looked at, and what counts beside similarity: shared words, values that the
#: metrics have, the scenario's own name, and how well the query accounts for the words (see `wording`).
CONSIDERED = 300
COVERED, ALIKE, HELD, TOPIC, WORDED = 0.05, 0.1, 0.03, 0.03, 0.01


@dataclass(frozen=True)
class Found:
    """What was found for a question. `similarity` (cosine) and `coverage` (0..1) tell how near it is."""

    scenario: Scenario
    examples: list[tuple[Example, float]]
    similarity: float
    coverage: float
    usable: bool
    """Whether the backend holds the examples' metrics; if not they only show the idiom."""
    topic: float = 0.0
    """Share of the question's words, weighted by rarity, that any example of the scenario has."""
    strange: tuple[str, ...] = ()
    """Names in the question that neither the backend nor any example knows."""
    scores: tuple[float, ...] = ()
    """The fused score of each example."""
    vector: tuple[float, ...] = ()
    """The question's embedding."""
    worded: float = 0.0
    """How well the query of one of the examples accounts for the question's words: mean log likelihood ratio."""
    strangers: dict[str, float] = field(default_factory=dict)
    """Metrics with no example, or few, that may be meant, the likeliest first; the share of the question's words that
    each accounts for."""

    def nearest(self, most: int) -> list[tuple[Example, float]]:
        """At most `most` examples of the scenario, none much further away than the first: they would only distract."""
        scored = zip(self.examples, self.scores, strict=True)
        own = [(example, fused) for example, fused in scored if example[0].scenario == self.scenario.name]
        return [example for example, fused in own if fused >= own[0][1] - MARGIN][:most]


class Retriever:
    """Dense and lexical retrieval over one index."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.ordinary = ordinary_words(index.examples.values())
        self._bags = index.bags
        seen = Counter(w for bags in self._bags.values() for w in frozenset().union(*bags))
        total = len(self._bags) + 1
        self._idf = {w: math.log(total / n) for w, n in seen.items()}
        self._unseen = math.log(total)
        told = {s.name: frozenset(words(f"{s.name} {s.title['en']} {s.title['zh']}")) for s in index.scenarios.values()}
        shared = Counter(w for said in told.values() for w in said)
        # Words that name a scenario: of three titles at most.
        self._vocabulary: dict[str, frozenset[str]] = defaultdict(frozenset)
        for example in index.examples.values():
            self._vocabulary[example.scenario] |= frozenset().union(*self._bags[example.id])
        grouped: dict[str, Counter[str]] = defaultdict(Counter)
        for example in index.examples.values():
            grouped[example.scenario].update(_grouping(example.promql))
        self._groups = {name: tuple(label for label, _ in counted.most_common()) for name, counted in grouped.items()}
        self._topics = {name: frozenset(w for w in said if shared[w] <= 3) for name, said in told.items()}
        self._own: dict[str, tuple[str, frozenset[str], float]] = {}
        self._strangers: tuple[list[str], dict[str, dict[str, str]], Strangers] | None = None
        self._spoken: dict[str, frozenset[str]] = {}
        self._examples_of = Counter(m for e in index.examples.values() for m in set(e.metrics))
        for example in index.examples.values():
            spoken = frozenset().union(*self._bags[example.id])
            for metric in example.metrics:
                self._spoken[metric] = self._spoken.get(metric, frozenset()) | spoken

    def usual_groups(self, scenario: str) -> tuple[str, ...]:
        """Labels that the scenario's examples group by, the most used first."""
        return self._groups.get(scenario, ())

    def block(self, scenario: str, catalog: Catalog) -> list[Example]:
        """The examples of a scenario that this backend can run, in the corpus' order, or in order of arrival."""
        found = [e for e in self.index.examples.values() if e.scenario == scenario]
        found = [e for e in found if _usable(e, catalog)] or found
        # What was learned comes with the question: a block that changed would have to be read anew.
        return [e for e in found if e.origin == "corpus"] or found

    async def find(self, question: str, catalog: Catalog, k: int = 16) -> Found:
        """The k nearest examples: those that the backend can run come first. Raises BackendError.

        A value that the question names speaks for the examples whose metrics have it.
        """
        vector = self.index.vectors.embed(question)
        near_by = await self._near(question, vector, catalog)
        scored = [(_usable(e, catalog), fused, dense, e) for e, fused, dense in near_by]
        scored.sort(key=lambda s: (-s[0], -s[1]))
        usable = bool(scored and scored[0][0])
        near = [s for s in scored if s[0] == usable][:k]
        said = self.index.wording.of(question)
        weights: dict[str, float] = defaultdict(float)
        for place, (_, fused, _, example) in enumerate(near):
            weights[example.scenario] += max(fused - 0.8, 0.001) ** 2 / (1 + place)
        best = max(weights, key=lambda name: weights[name])
        top = max(near, key=lambda s: s[1])
        return Found(
            self.index.scenarios[best],
            [(e, min(1.0, max(0.0, d))) for _, _, d, e in near],
            top[2],
            self._coverage(bag(question), top[3].id),
            usable,
            self._topic(bag(question), best),
            self.strange(question, catalog),
            tuple(s[1] for s in near),
            tuple(vector),
            max(self._worded(said, e) for _, _, _, e in near),
            self._meant(glossed(bag(question)), said, catalog),
        )

    def _topic(self, asked: frozenset[str], scenario: str) -> float:
        total = self.weight(asked)
        return self.weight(asked & self._vocabulary[scenario]) / total if total else 0.0

    def strange(self, question: str, catalog: Catalog) -> tuple[str, ...]:
        """Names of things that are not here: capitalised words, or Latin ones amid Chinese, that nothing knows."""
        chinese = has_chinese(question)
        pattern = _LATIN if chinese else _CAPITAL
        named = {w for n in values_in(question, catalog.values, frozenset()) for said in n.words for w in words(said)}
        out = []
        for m in pattern.finditer(question):
            parts = words(m.group())
            whole = m.group().lower()
            if _UNIT.fullmatch(whole):
                continue
            if (
                whole in named
                or self._knows(whole, catalog)
                or all(self._knows(p, catalog) or p in named for p in parts)
            ):
                continue
            out.append(m.group())
        return tuple(out)

    def _knows(self, word: str, catalog: Catalog) -> bool:
        return word in self._idf or word in catalog.vocabulary or word.rstrip("s") in catalog.vocabulary

    async def _near(self, question: str, vector: list[float], catalog: Catalog) -> list[tuple[Example, float, float]]:
        """(example, fused score, cosine) of the examples of the CONSIDERED nearest phrasings, in no order."""
        dense: dict[str, float] = {}
        demoted = self.index.demotions.of(vector)
        for document, score in self.index.vectors.nearest(vector, CONSIDERED):
            dense.setdefault(document.metadata["example"], score)
        asked = bag(question)
        holders = await self._holders(question, catalog)
        topics = {name for name, said in self._topics.items() if asked & said}
        out = []
        said = self.index.wording.of(question)
        for name, score in dense.items():
            example = self.index.examples[name]
            worded = WORDED * self._worded(said, example)
            lexical = COVERED * self._coverage(asked, name) + ALIKE * self._alike(asked, name)
            named = HELD * sum(all(m in held for m in example.metrics[:1]) for held in holders)
            topic = TOPIC if example.scenario in topics else 0.0
            out.append((example, score + lexical + named + topic + worded - demoted.get(name, 0.0), score))
        return out

    def _worded(self, said: Said, example: Example) -> float:
        """What the example's query has to say for each word of the question."""
        return said.gain(parts(example.promql, example.scenario)) / max(len(said.usual), 1)

    async def _holders(self, question: str, catalog: Catalog) -> list[frozenset[str]]:
        """For each value that the question names, the metrics that have it."""
        named = values_in(question, catalog.values, self.ordinary)
        return [await catalog.holders(n.label, n.values[0]) for n in named]

    async def metrics(self, question: str, catalog: Catalog, k: int = 8) -> list[str]:
        """Catalog metrics for a question, best first: by shared words with name, HELP and past use, and by the examples
        near it. Raises BackendError."""
        asked = bag(question)
        holders = await self._holders(question, catalog)
        lexical: dict[str, float] = {}
        for name in catalog.names:
            own, weight = self.words_of(name, catalog)
            spoken = asked & self._spoken.get(name, _NOTHING)
            if spoken or asked & own:
                overlap = self.weight(asked & own) + 0.8 * self.weight(spoken - own)
                overlap *= 1 + 0.5 * sum(name in held for held in holders)
                lexical[name] = overlap / (4 + math.sqrt(weight))
        most = max(lexical.values(), default=1.0)
        scored = {name: score / most for name, score in lexical.items()}
        near = await self._near(question, self.index.vectors.embed(question), catalog)
        best = max((fused for _, fused, _ in near), default=1.0)
        for example, fused, _ in near:
            for metric in (m for m in example.metrics if m in catalog):
                scored[metric] = max(
                    scored.get(metric, 0.0), lexical.get(metric, 0.0) / most + 1 - (best - fused) / 0.15
                )
        return sorted(scored, key=lambda name: (-scored[name], len(name), name))[:k]

    def untaught(self, catalog: Catalog) -> Strangers:
        """The metrics that no example has, or few; a histogram is one of them."""
        names, metadata = catalog.names, catalog.metadata
        kept = self._strangers
        if kept and kept[0] is names:
            return kept[2]
        if kept and kept[0] == names and kept[1] == metadata:  # HELP texts come later than names
            strangers = kept[2]
        else:
            taught = {name for name, n in self._examples_of.items() if n > RARE}
            taught |= {family(name) for name in taught}
            found: dict[str, MetricRef] = {}
            for told in map(catalog.describe, names):
                name = family(told.name) if told.type in ("histogram", "summary") else told.name
                if name not in taught:
                    found.setdefault(name, told.model_copy(update={"name": name}))
            strangers = Strangers(found.values())
        self._strangers = names, metadata, strangers
        return strangers

    def _meant(self, asked: frozenset[str], said: Said, catalog: Catalog) -> dict[str, float]:
        """Of those the ones that a question's words may mean: see `Found.strangers`."""
        known = self.untaught(catalog)
        return known.likely(said, {w: self.weight([w]) for w in asked}, STRANGERS) if known else {}

    def words_of(self, metric: str, catalog: Catalog) -> tuple[frozenset[str], float]:
        """The words of a metric's name and HELP, and their weight; kept as long as the HELP stays."""
        told = catalog.describe(metric).help
        kept = self._own.get(metric)
        if kept is None or kept[0] != told:
            own = frozenset(words(f"{metric} {told}"))
            kept = self._own[metric] = (told, own, self.weight(own))
        return kept[1], kept[2]

    def bag_of(self, example: Example, lang: str, asked: frozenset[str]) -> frozenset[str]:
        """The words of the example's phrasing that is most alike, in the language where it has some."""
        ways = example.questions.get(lang) or [q for some in example.questions.values() for q in some]
        bags = [bag(q) for q in ways]
        return max(bags, key=lambda b: self.weight(asked & b) / (self.weight(asked | b) or 1.0))

    def spoken_of(self, metric: str) -> frozenset[str]:
        """Words of the questions that the metric has answered."""
        return self._spoken.get(metric, _NOTHING)

    def _alike(self, asked: frozenset[str], example: str) -> float:
        """Shared words over all words of both (weighted by rarity), for the phrasing most alike."""
        shares = (self.weight(asked & bag) / (self.weight(asked | bag) or 1.0) for bag in self._bags[example])
        return max(shares, default=0.0)

    def _coverage(self, asked: frozenset[str], example: str) -> float:
        """Share of the question's words, weighted by rarity, that one phrasing of the example has."""
        total = self.weight(asked)
        return max((self.weight(asked & bag) for bag in self._bags[example]), default=0.0) / total if total else 0.0

    def weight(self, some: Iterable[str]) -> float:
        return sum(self._idf.get(w, self._unseen) for w in some)


_NOTHING: frozenset[str] = frozenset()
_UNIT = re.compile(r"[kmgt]i?b(?:ps)?|[kmg]bits?|cores?|top|avg|max|min|sum")
#: Latin words within Chinese text, and capitalised ones that do not begin a sentence.
_LATIN = re.compile(r"(?<![A-Za-z0-9_.:/@-])[A-Za-z][A-Za-z]{2,}(?![A-Za-z0-9_:/@-])")
_CAPITAL = re.compile(r"(?<=[a-z0-9,] )[A-Z][A-Za-z0-9]{2,}(?![A-Za-z0-9_:/@-])")


@lru_cache(maxsize=1 << 15)
def _grouping(query: str) -> tuple[str, ...]:
    return tuple(promql.grouping_labels(promql.parse(query)))


def _usable(example: Example, catalog: Catalog) -> bool:
    return all(m in catalog for m in example.metrics)
