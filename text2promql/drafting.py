"""Drafting: queries made by rule from the nearest examples, the one that fits the question best first.

Every near example's query is adapted to the question (`adapting`); so are its sisters, in which a metric gives way to
one of the same family whose words the question has (read -> write); pairs of two measures (`pairing`); and what another
metric knows of the same things (`joining`). What a draft explains of the question, what of it the question does not ask
for, how likely its parts are for such words (`expecting`), and what speaks for them (`wording`, `telling`) decide their
order: `WEIGHTS` is a logistic ranking that `text2promql eval drafts practice --learn` learned.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from text2promql import promql
from text2promql.adapting import Facts, adapt
from text2promql.adapting.measure import measures
from text2promql.adapting.shell import wants_peak
from text2promql.catalog import Catalog
from text2promql.errors import BadQuery
from text2promql.examples import Example
from text2promql.expecting import parts
from text2promql.joining import joined, joins_of
from text2promql.linking import Named, asked_groups, values_in
from text2promql.pairing import Measure, best_pairs, operators
from text2promql.promql.tree import Aggregation, Binary, Call, Node, Selector, grow, has_selector, nodes_of, rewrite
from text2promql.retrieval import Found, Retriever, language
from text2promql.slots import Slots, read_slots, seconds_as_duration
from text2promql.untaught import UNTAUGHT, forms, partners
from text2promql.wording import Said
from text2promql.wording import parts as parts_said
from text2promql.words import bag, glossed, words

__all__ = ["CLOSE", "WEIGHTS", "Draft", "Drafter"]

#: So many of the nearest examples are adapted, and of the best drafts so many get sisters.
ADAPTED, SISTERS = 16, 6
#: By how much more of the question two measures must explain than one, how many such drafts are made, and what more
#: of the question explained counts for.
GAIN, PAIRS, PAIRED = 0.1, 4, 6.0
#: So many of the best drafts are joined with what another metric knows, and what that counts for.
JOINS, JOINED = 8, 1.0
#: What a draft's order is told from, and what it weighs.
WEIGHTS = {
    "behind": -18.0,  # fused score behind the nearest example
    "named": 8.1,  # share of the question's words that the query's names have and the example's question lacks
    "foreign": -3.6,  # share of the example's words that the question does not have
    "unplaced": -2.1,  # slots without a place
    "values": -1.5,  # named values that the query does not filter by
    "groups": -0.8,  # asked for by something that the query does not tell apart
    "peak": -1.3,  # a mean, peak or low over time was asked for and is not there
    "quantile": -1.7,  # a quantile that was not asked for, or none that was
    "compared": -2.4,  # the same for a comparison with earlier
    "worded": 0.3,  # log likelihood of its words, for such parts of a query
    "told": 0.8,  # how much of the question speaks for its parts rather than for those of its neighbours
    "neighbours": 1.9,  # share of its parts that the queries of the nearest examples have, too
    "length": 0.38,  # logarithm of its characters: a long query has more parts to account for words with
    "expected": 0.18,  # log likelihood of its parts, by what the corpus answers such questions with
    "untaught": -2.0,  # over a metric that no example has
    "meant": 1.0,  # such a metric's chance to be meant, in comparison with the likeliest one
    "nearer": -25.0,  # by how much the nearest example is nearer than REACH
    "sister": -2.3,  # a metric of the same family in the place of the example's
    "allowed": -3.0,  # what may be used, of which the question says nothing; not learned, as practice has too few such
}
#: What it counts that the question is known word for word, by an example that is at most so far behind the nearest
#: (one that misled people is further).
KNOWN, CLOSE = 20.0, 0.005
#: Examples with a higher fused score speak against metrics that no example has.
REACH = 0.95
#: A name with a number (node-3, 10.0.1.31:9100) is that of one thing: left out, it counts for so many others.
SERIAL = 3
#: By so much of fused score a neighbour counts e times less.
FADE = 0.03
#: Metrics of what may be used, not of what is; and words of questions that may ask for them.
_ALLOWED = re.compile(
    r"resource_(?:limits|requests)|resourcequota|allocatable|_capacity|_limits?(?:_bytes|_size)?$|_max_bytes$|max_(?:connections|clients)$"
    r"|machine_(?:cpu|memory)"
)
_ALLOWANCE = re.compile(
    r"limit|request|reserv|quota|capacit|allocat|\bmax|allow|\bcap\b|ceiling|headroom|left|free|remain|spare|room|guarante"
    r"|\bask|entitle|budget|\bha(?:s|ve)\b|size|big|\bown|total|physical|install|declar|\bset\b"
    r"|配额|限|申请|预留|容量|额度|剩|可分配|总|规格|多大|上限|最大|有多少|几核|装|配|给|声明",
    re.IGNORECASE,
)
#: What is left around a window or a limit when it is taken out.
_FRAMES = frozenset(
    words(
        "over last past within during recent latest above below exceed more than 最近 过去 近 以内 超过 以上 高于 大于"
    )
)


@dataclass(frozen=True)
class Draft:
    """A query for the question, and how it was come by."""

    promql: str
    example: Example
    score: float
    features: dict[str, float]
    known: bool = False
    """Whether the question is known word for word, with this query."""


@dataclass(frozen=True)
class _Asked:
    """The question, read once."""

    text: str
    lang: str
    slots: Slots
    bag: frozenset[str]
    named: tuple[Named, ...]
    """What it surely names, of whatever metric: data-mysql-0."""
    chances: NDArray[np.float32]
    """Of the parts of its query: see `expecting`."""
    said: Said
    """What its words are said for: see `wording`."""
    told: NDArray[np.float32]
    """What it says for and against each part: see `telling`."""
    neighbours: tuple[tuple[float, frozenset[str]], ...]
    """Weights, which add up to 1, and the parts of the nearest examples' queries."""


_Near = tuple[tuple[Example, float], float]
"""((example, cosine), fused score)"""


class Drafter:
    def __init__(self, retriever: Retriever, catalog: Catalog) -> None:
        self.retriever, self.catalog = retriever, catalog

    async def drafts(self, question: str, found: Found) -> list[Draft]:
        """Drafts without doubles, the best first. Raises BackendError."""
        named = [n for n in values_in(question, self.catalog.values, self.retriever.ordinary) if n.sure]
        chances = self.retriever.index.expectations.of(question, found.vector)
        slots, own = read_slots(question), glossed(bag(question))
        said = self.retriever.index.wording.of(question)
        told = self.retriever.index.telling.of(question, found.vector)
        best = max(found.scores, default=0.0)
        near = list(zip(found.examples, found.scores, strict=True))[:ADAPTED]
        asked = _Asked(question, language(question), slots, own, tuple(named), chances, said, told, _neighbours(near))
        out: dict[str, Draft] = {}
        for (example, _), fused in near:
            made = await self._adapted(asked, example, self._recorded(example, asked.slots), False, best - fused)
            if made and (made.promql not in out or out[made.promql].score < made.score):
                out[made.promql] = made
        for (example, _), fused in near[:SISTERS]:
            sister = await self._sister(asked, example)
            if sister:
                made = await self._adapted(asked, example, sister, True, best - fused)
                if made and made.promql not in out:
                    out[made.promql] = made
        strangers = await self._untaught(asked, found.strangers)
        for made in await self._strange(asked, strangers, max(0.0, best - REACH)):
            if made.promql not in out or out[made.promql].score < made.score:
                out[made.promql] = made
        every = [*near, *(((example, 0.0), best) for example, _ in strangers)]
        for made in await self._paired(asked, every, best):
            out.setdefault(made.promql, made)
        for made in await self._joined(asked, sorted(out.values(), key=lambda d: -d.score)[:JOINS], found):
            out.setdefault(made.promql, made)
        return sorted(out.values(), key=lambda d: -d.score)

    async def _untaught(self, asked: _Asked, strangers: Mapping[str, float]) -> list[tuple[Example, float]]:
        """The usual queries over the metrics that no example has and the question may mean, with how likely it is."""
        most = max(strangers.values(), default=1.0)
        out = []
        for name, meant in strangers.items():
            metric = self.catalog.describe(name)
            labels = (await self.catalog.labels(name)).names if name in self.catalog else ()
            made = forms(metric, self.catalog, labels)
            if asked.slots.unit in ("percent", "ratio"):
                kin = name.split("_")[0] + "_"
                others = [self.catalog.describe(other) for other in self.catalog.names if other.startswith(kin)]
                made += partners(metric, others, asked.slots.unit)
            out += [(example, meant / most) for example in made]
        return out

    async def _strange(self, asked: _Asked, strangers: list[tuple[Example, float]], nearer: float) -> list[Draft]:
        """Drafts over metrics that no example has; `nearer`: by how much the nearest example is nearer than REACH."""
        out = []
        for example, meant in strangers:
            made = await self._adapted(asked, example, example.promql, False, 0.0)
            if made:
                features = made.features | {"untaught": 1.0, "meant": meant, "nearer": nearer}
                out.append(replace(made, features=features, score=_score(features)))
        return out

    async def _joined(self, asked: _Asked, some: list[Draft], found: Found) -> list[Draft]:
        """The drafts with what only a metric can tell that the scenario's examples join."""
        block = self.retriever.block(found.scenario.name, self.catalog)
        joins = dict.fromkeys(join for e in block for join in joins_of(e.promql) if join.metric in self.catalog)
        out = []
        for draft in (d for d in some if d.example.scenario == found.scenario.name):
            tree = grow(promql.parse(draft.promql))
            facts = await self.facts(promql.metrics(promql.parse(draft.promql)))
            for join in joins:
                known = await self.catalog.labels(join.metric)
                for other in joined(tree, join, asked.text, known, facts):
                    told = facts | await self.facts([join.metric])
                    features = draft.features | self._features(
                        asked, draft.example, other, told, bool(draft.features["sister"])
                    )
                    score = _score(features) + JOINED
                    out.append(replace(draft, promql=str(other), score=score, features=features))
        return out

    async def _paired(self, asked: _Asked, near: list[_Near], best: float) -> list[Draft]:
        """Two measures in the place of one, where that explains more of the question."""
        signs = [s for s in operators(asked.text) if s != "/" or asked.slots.offset is None]  # "twice of yesterday's"
        if not signs or not near:
            return []
        weight, total = self.retriever.weight, self.retriever.weight(asked.bag) or 1.0

        def explained(some: frozenset[str]) -> float:
            return weight(asked.bag & some) / total

        told = max(explained(self._taught(asked, e) | self._names(e.metrics)) for (e, _), _ in near)
        positions = {w: i for i, w in reversed(list(enumerate(words(asked.text))))}
        behind = {e.id: (e, best - fused) for (e, _), fused in near}
        out = []
        for gain, pair in best_pairs(asked.text, signs, await self._measures(asked, near), positions, explained)[
            :PAIRS
        ]:
            example, far = behind[pair.first.example]
            made = await self._adapted(asked, example, pair.query, True, far) if gain >= told + GAIN else None
            if made:
                out.append(replace(made, score=made.score + PAIRED * (gain - told)))
        return out

    async def _measures(self, asked: _Asked, near: list[_Near]) -> list[Measure]:
        """The measures of the first example's scenario, and of the sisters."""
        pool: dict[str, Measure] = {}
        for (example, _), fused in near:
            if example.scenario not in (near[0][0][0].scenario, UNTAUGHT):
                continue
            alone = self._taught(asked, example) if len(example.metrics) == 1 else frozenset()
            sister = await self._sister(asked, example) if example.scenario != UNTAUGHT else None
            for query, told in ((example.promql, alone), (sister, frozenset[str]())):
                for tree, metric in measures(query) if query else ():
                    known = self._names([metric]) | told
                    pool.setdefault(str(tree), Measure(tree, metric, known, example.id, near[0][1] - fused))
        return list(pool.values())

    def _taught(self, asked: _Asked, example: Example) -> frozenset[str]:
        return glossed(self.retriever.bag_of(example, asked.lang, asked.bag))

    def _names(self, metrics: Iterable[str]) -> frozenset[str]:
        """The words of the metrics' names and HELP texts."""
        return frozenset(w for m in metrics for w in self.retriever.words_of(m, self.catalog)[0])

    async def facts(self, metrics: Iterable[str]) -> dict[str, Facts]:
        known = [m for m in metrics if m in self.catalog]
        told = {m: self.catalog.describe(m) for m in known}
        return {m: Facts(told[m].type, await self.catalog.labels(m), told[m].help) for m in known}

    async def _adapted(self, asked: _Asked, example: Example, query: str, sister: bool, behind: float) -> Draft | None:
        """None for a form that cannot be edited."""
        told = example.question(asked.lang)
        taught = read_slots(told)
        usual = self.retriever.usual_groups(example.scenario)
        try:
            facts = await self.facts(promql.metrics(promql.parse(query)))
            made = adapt(query, told, taught, asked.text, asked.slots, facts, self.retriever.ordinary, usual)
            tree = grow(promql.parse(made.promql))
        except (BadQuery, TypeError):
            return None
        features = self._features(asked, example, tree, facts, sister)
        recorded = query != example.promql and not sister
        features |= {"behind": behind, "unplaced": float(len(made.left) - recorded), "sister": float(sister)}
        known = made.promql == example.promql and behind <= CLOSE and _said(asked.text, example)
        score = KNOWN * known + _score(features)
        return Draft(made.promql, example, score, features, known)

    def _features(
        self, asked: _Asked, example: Example, tree: Node, facts: dict[str, Facts], sister: bool
    ) -> dict[str, float]:
        weight, made_of = self.retriever.weight, parts(str(tree))
        nodes = list(nodes_of(tree))
        selectors = [n for n in nodes if isinstance(n, Selector)]
        calls = {n.function for n in nodes if isinstance(n, Call)}
        grouping = {label for n in nodes if isinstance(n, Aggregation) for label in n.labels or ()}
        own = {w for label in grouping for w in words(label)}
        for n in selectors:
            own |= self._names([n.metric])
            own.update(w for _, _, value in n.matchers for w in words(value))
        taught = self._taught(asked, example)
        foreign = taught - asked.bag
        if sister:  # the words of the metrics that gave way
            foreign -= self._names(example.metrics) - own
        values = {w for n in selectors for _, _, value in n.matchers for w in words(value)}
        told_values = {w for v in _values_used(example.promql) for w in words(v)}
        placed = {(label, value) for n in selectors for label, _, value in n.matchers}
        named = [x for n in selectors if n.metric in facts
                 for x in values_in(asked.text, facts[n.metric].labels, self.retriever.ordinary)]  # fmt: skip
        unplaced = {word for x in (*named, *asked.named) if not _placed(x, placed) for word in x.words}
        known = [x for n in selectors[:1] if n.metric in facts for x in facts[n.metric].labels.names]
        wanted = asked_groups(asked.text, known, grouping, self.retriever.usual_groups(example.scenario))
        told_apart = grouping.union(
            *(facts[n.metric].labels.names for n in selectors if n.metric in facts and not n.range)
        )
        slots = asked.slots
        over = wants_peak(asked.text, slots) if slots.windows else ""
        ratio = any(
            isinstance(n, Binary) and n.sign == "/" and has_selector(n.left) and has_selector(n.right) for n in nodes
        )
        # The mean of a rate is the rate over the time; a bound is a limit that a bucket keeps.
        over_time = calls | ({"avg_over_time"} if calls & {"rate", "increase", "sum_over_time"} else set())
        bounded = slots.bound is not None and any(label == "le" for label, _ in placed)
        limited = bounded or any(isinstance(n, Binary) and n.sign in (">", "<", ">=", "<=") for n in nodes)
        quantile = bool(calls & {"histogram_quantile", "quantile_over_time"}) or any(
            label == "quantile" for label, _ in placed
        )
        return {
            "named": weight(asked.bag & (own - taught)) / (weight(asked.bag) or 1.0),
            "foreign": weight(foreign) / (weight(taught) or 1.0),
            "values": float(sum(SERIAL if any(c.isdigit() for c in word) else 1 for word in unplaced)),
            "groups": float(not set(wanted) <= told_apart),
            "peak": float(bool(over) and over not in over_time and not ratio),
            "quantile": float(quantile != (slots.quantile is not None)),
            "compared": float(any(n.shift for n in selectors) != (slots.offset is not None)),
            "neighbours": sum(weight * _shared(made_of, some) for weight, some in asked.neighbours),
            "length": math.log(len(str(tree))),
            "worded": asked.said.gain(parts_said(str(tree), example.scenario)),
            "told": self.retriever.index.telling.speaks(parts_said(str(tree), example.scenario), asked.told),
            "expected": self.retriever.index.expectations.likelihood(made_of, asked.chances),
            "allowed": float(_only_allowed(selectors) and not _ALLOWANCE.search(asked.text)),
            # Not for the order: whether the question was asked before.
            "limit": float(limited != bool(slots.thresholds or slots.some)),
            "missing": weight(asked.bag - taught - values - _FRAMES) / (weight(asked.bag) or 1.0),
            "extra": weight(taught - asked.bag - told_values - _FRAMES) / (weight(taught) or 1.0),
        }

    async def _sister(self, asked: _Asked, example: Example) -> str | None:
        """The example's query over metrics of the same families that fit the question's words better; or None."""
        taught = self._taught(asked, example)
        missing, foreign = asked.bag - taught, taught - asked.bag
        swapped: dict[str, str] = {}
        for metric in example.metrics:
            other = self._sister_of(metric, missing, foreign)
            if other and set(_labels_used(example.promql, metric)) <= set((await self.catalog.labels(other)).names):
                swapped[metric] = other
        after = [swapped.get(m, m) for m in example.metrics]
        if not swapped or len(set(after)) < len(set(example.metrics)):
            return None  # two metrics must not become one
        try:
            tree = grow(promql.parse(example.promql))
        except (BadQuery, TypeError):
            return None
        return str(rewrite(tree, lambda n: _renamed(n, swapped)))

    def _recorded(self, example: Example, slots: Slots) -> str:
        """The query over the recording rules of the window asked for: ..._rate1h where the example has ..._rate5m."""
        pattern = re.compile(r"(.*[a-z])\d+[smhdw]")
        recorded = sorted({m for m in example.metrics if pattern.fullmatch(m)}, key=example.promql.index)
        spans = slots.windows * len(recorded) if len(slots.windows) == 1 else slots.windows
        if len(spans) != len(recorded):
            return example.promql
        others = {m: pattern.sub(r"\1", m) + seconds_as_duration(s) for m, s in zip(recorded, spans, strict=True)}
        if len(set(others.values())) < len(others) or not all(other in self.catalog for other in others.values()):
            return example.promql
        return re.sub("|".join(map(re.escape, others)) or "(?!)", lambda m: others[m.group()], example.promql)

    def _type(self, metric: str) -> str:
        return self.catalog.describe(metric).type

    def _sister_of(self, metric: str, missing: frozenset[str], foreign: frozenset[str]) -> str | None:
        words_of, weight = self.retriever.words_of, self.retriever.weight
        own = words_of(metric, self.catalog)[0] | self.retriever.spoken_of(metric)
        best, gain = None, 0.0
        for other in _family(metric, tuple(self.catalog.names)):
            theirs = words_of(other, self.catalog)[0] | self.retriever.spoken_of(other)
            won = weight(missing & (theirs - own)) + weight(foreign & (own - theirs))
            lost = weight(missing & (own - theirs)) + weight(foreign & (theirs - own))
            if won - lost > gain and weight(missing & (theirs - own)) > 0 and self._type(other) == self._type(metric):
                best, gain = other, won - lost
        return best


def _only_allowed(selectors: Sequence[Selector]) -> bool:
    return bool(selectors) and all(_ALLOWED.search(n.metric) for n in selectors)


def _score(features: Mapping[str, float]) -> float:
    return sum(weight * features.get(name, 0.0) for name, weight in WEIGHTS.items())


def _neighbours(near: list[_Near]) -> tuple[tuple[float, frozenset[str]], ...]:
    best = max((fused for _, fused in near), default=0.0)
    weights = [math.exp((fused - best) / FADE) for _, fused in near]
    return tuple((w / sum(weights), parts(e.promql)) for w, ((e, _), _) in zip(weights, near, strict=True))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _said(question: str, example: Example) -> bool:
    ways = {" ".join(way.lower().split()) for ways in example.questions.values() for way in ways}
    return " ".join(question.lower().split()) in ways


def _placed(named: Named, placed: Iterable[tuple[str, str]]) -> bool:
    """Whether a query filters by what is named: by that label, or by another one that has the words."""
    values = {v.lower() for v in named.values}
    return any(
        values <= set(value.lower().split("|")) or all(word in value.lower() for word in named.words)
        for _, value in placed
    )


def _labels_used(query: str, metric: str) -> list[str]:
    tree = grow(promql.parse(query))
    return [a for n in nodes_of(tree) if isinstance(n, Selector) and n.metric == metric for a, _, _ in n.matchers]


@lru_cache(maxsize=8192)
def _values_used(query: str) -> frozenset[str]:
    tree = grow(promql.parse(query))
    return frozenset(v for n in nodes_of(tree) if isinstance(n, Selector) for _, _, v in n.matchers)


def _renamed(node: Node, swapped: dict[str, str]) -> Node:
    if isinstance(node, Selector) and node.metric in swapped:
        return replace(node, metric=swapped[node.metric])
    return node


@lru_cache(maxsize=4096)
def _family(metric: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Metrics whose names begin and end as this one's and differ by a word or two."""
    parts = _parts(metric)
    out = []
    for name in names:
        other = _parts(name)
        if name == metric or other[:1] != parts[:1] or other[-1] != parts[-1] or abs(len(other) - len(parts)) > 1:
            continue
        if len(set(other) ^ set(parts)) <= 4 and len(set(other) & set(parts)) >= max(2, len(parts) - 2):
            out.append(name)
    return tuple(out)


@lru_cache(maxsize=65536)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(p for p in re.split(r"[_:]|(?<=[a-z])(?=[A-Z])", name) if p)
