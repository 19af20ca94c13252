"""Pairing: two measures that no example combines, put together because the question does.

"prompt plus generated tokens", "connections to spare", "queued requests for every running one": the words between
tell the operator, the measures come from examples near the question, each with its shell and its unit taken off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from text2promql.promql.tree import Aggregation, Binary, Node, Selector, nodes_of, rewrite

__all__ = ["Measure", "Pair", "best_pairs", "operators"]

#: What a measure's distance counts for against what it explains.
FAR = 2.0
_SUM = re.compile(
    r"\bplus\b|\bin ?(?:\+|and|&) ?out\b|\bcombined\b|\badded (?:up|together)\b|\bboth directions\b|\bsum of\b"
    r"|\breads? (?:and|\+) writes?\b|\bsent and received\b|加上?|收\s*[+＋]?\s*发|读\s*[+＋]?\s*写|收发|出入|总和|之和",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\bminus\b|\bto spare\b|\bspare\b|\bstill\b.{0,20}\b(?:open|free|available|take|room)\b"
    r"|\bheadroom\b|\bremaining\b|\bunused\b|\bnot (?:yet )?(?:used|taken|in use)\b"
    r"|\bfree\b|\bleft\b|\bmore\b.{0,50}\bthan\b"
    r"|\bdifference between\b|\bgap between\b|剩|还能|余量|余下|空闲|没用|未用|扣掉|扣除|减去|相差|多多少|多出|少多少",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\bfor (?:every|each)\b(?! of)|\brelative to\b|\bas a (?:percentage|share|fraction) of\b"
    r"|\bhow many times (?:the|as|more|its|their|what|larger|bigger|higher|over)\b"
    r"|\bworth of\b|\bas (?:an? )?(?:%|percent(?:age)?|share|fraction) of\b"
    r"|\b(?:percent(?:age)?|share|fraction|proportion) of (?:its|their)\b"
    r"|[\d.]+ times (?:as (?:much|many)|more|the|what)\b|是[^，,。]{1,10}的[^，,。]{0,8}倍|倍数"
    r"|\bper (?:million|thousand|hundred|committed|one|single)\b|几倍|多少倍|占.{1,24}的?(?:比例|百分)"
    r"|平均每[一个]?[次条笔个]|每[一个]?[次条笔][^，,。]{0,6}(?:平均|要|花|用)",
    re.IGNORECASE,
)
#: What something is taken away from.
_WHOLE = re.compile(
    r"max|limit|total|capacity|hard|allocatable|size|quota|desired|assigned|spec|produc|request_latency|req_latency"
)
#: "percentage of the limit that is used": the whole comes first.
_WHOLE_FIRST = re.compile(
    r"\b(?:percent(?:age)?|share|fraction|proportion|ratio) of (?:the |all |our )?.{3,60}?"
    r"\b(?:is|are|was|were|goes|go|that|has|have)\b|每[^秒分小天]{1,8}(?:平均|要|花|能|成本)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Measure:
    """One measure of an example: its tree, its metric, the words by which it is known."""

    tree: Node
    metric: str
    words: frozenset[str]
    example: str
    behind: float = 0.0
    """How far the example is behind the nearest one, in fused score."""


@dataclass(frozen=True)
class Pair:
    query: str
    first: Measure
    second: Measure


def operators(question: str) -> list[str]:
    """The operators that the question's words may stand for."""
    found = [("+", _SUM), ("-", _LESS), ("/", _OVER)]
    return [sign for sign, pattern in found if pattern.search(question)]


def best_pairs(
    question: str,
    signs: Iterable[str],
    some: Sequence[Measure],
    positions: Mapping[str, int],
    explained: Callable[[frozenset[str]], float],
) -> list[tuple[float, Pair]]:
    """Pairs of measures with how much of the question they explain, the best first.

    `positions` tells where in the question a word stands, `explained` the share of the question that words have.
    A measure that adds nothing to the other makes no pair.
    """
    found: list[tuple[float, Pair]] = []
    for sign in signs:
        for one, other in combinations(some, 2):
            own = min(explained(one.words - other.words), explained(other.words - one.words))
            if one.metric == other.metric or not own or not _fits(sign, one, other):
                continue
            first, second = _ordered(question, sign, one, other, positions)
            query = str(Binary(sign, first.tree, _grouped(second.tree, first.tree)))
            gain = explained(one.words | other.words) + own - FAR * (one.behind + other.behind)
            found.append((gain, Pair(query, first, second)))
    return sorted(found, key=lambda f: -f[0])


def _fits(sign: str, one: Measure, other: Measure) -> bool:
    """Sums are of one kind and one family; what is taken away is taken from a whole."""
    if sign == "/":
        return True
    shared = set(re.split(r"[_:]", one.metric)) & set(re.split(r"[_:]", other.metric))
    if _kind(one.tree) != _kind(other.tree) or len(shared) < 2:
        return False
    whole = [bool(_WHOLE.search(m.metric.lower())) for m in (one, other)]
    return sign == "+" or whole[0] != whole[1]


def _ordered(
    question: str, sign: str, one: Measure, other: Measure, positions: Mapping[str, int]
) -> tuple[Measure, Measure]:
    if sign == "-" and bool(_WHOLE.search(one.metric.lower())) != bool(_WHOLE.search(other.metric.lower())):
        return (one, other) if _WHOLE.search(one.metric.lower()) else (other, one)
    places = [min((positions[w] for w in m.words - n.words if w in positions), default=10**6)
              for m, n in ((one, other), (other, one))]  # fmt: skip
    in_order = places[0] <= places[1]
    if sign == "/" and _WHOLE_FIRST.search(question):
        in_order = not in_order
    return (one, other) if in_order else (other, one)


def _kind(tree: Node) -> tuple[str, ...]:
    """Functions around the selector: a sum adds rates to rates and levels to levels."""
    return tuple(sorted({n.function for n in nodes_of(tree) if hasattr(n, "function")}))


def _grouped(tree: Node, like: Node) -> Node:
    """The tree with the outermost grouping of another, and its windows."""
    if not isinstance(like, Aggregation):
        return tree
    spans = {n.range for n in nodes_of(like) if isinstance(n, Selector) and n.range}

    def windowed(n: Node) -> Node:
        return replace(n, range=next(iter(spans))) if isinstance(n, Selector) and n.range and len(spans) == 1 else n

    inner = tree.body if isinstance(tree, Aggregation) else tree
    op = tree.op if isinstance(tree, Aggregation) else like.op
    return Aggregation(op, rewrite(inner, windowed), like.labels, like.without)
