"""Untaught: the metrics that no example asks for, and the usual queries over them.

Every company has metrics of its own. Name, HELP and type say enough for the usual forms: the rate of a counter, its
increase, a level, how much of its limit is used, the mean and a quantile of a histogram. The question's slots are put
into them as into an example's query (`adapting`). Which metrics a question may mean is told by the words it shares
with name and HELP, and by those that people have asked for such words with (`wording`), in either language.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

from text2promql.answer import MetricRef
from text2promql.examples import Example
from text2promql.promql import metrics as metrics_of
from text2promql.promql import parse
from text2promql.wording import Said
from text2promql.words import words

__all__ = ["UNTAUGHT", "Strangers", "forms", "partners"]

#: The scenario of their drafts.
UNTAUGHT = "untaught"
#: A word of a name that people say this word for must be so many times as usual as by chance (logarithm), and
#: so many to be sure; what it counts then beside the word itself.
SPOKEN, SURE, MEANT = 1.5, 4.0, 0.6
#: What a word of the HELP text counts beside one of the name.
TOLD = 0.8
_WHOLE = re.compile(r"max|limit|total|capacity|hard|allocatable|quota|objective|desired")
_OPPOSITES = (
    ("hits", "misses"), ("hit", "miss"), ("used", "free"), ("used", "available"), ("used", "avail"), ("busy", "idle"),
    ("active", "idle"), ("success", "failure"), ("successful", "failed"), ("succeeded", "failed"),
)  # fmt: skip
#: A name that stands in a query as it is; others (http.server.duration) must be quoted, which drafts cannot do.
_PLAIN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_TIME = re.compile(r"_(?:time|timestamp)(?:_seconds)?$|_timestamp")


class Strangers:
    """Metrics that no example tells of, found by the words of their names and of their HELP texts."""

    def __init__(self, some: Iterable[MetricRef]) -> None:
        self._sizes: dict[str, int] = {}
        self._named: dict[str, list[str]] = defaultdict(list)
        self._told: dict[str, list[str]] = defaultdict(list)
        for metric in filter(_plain, some):
            own = frozenset(words(metric.name))
            self._sizes[metric.name] = len(own)
            for word in own:
                self._named[word].append(metric.name)
            for word in frozenset(words(metric.help)) - own:
                self._told[word].append(metric.name)

    def __len__(self) -> int:
        return len(self._sizes)

    def likely(self, said: Said, weights: Mapping[str, float], most: int) -> dict[str, float]:
        """Those that a question may mean, the likeliest first, with the share of the question that they account for.

        weights: of the question's words.
        """
        meant = said.meant("word:", SPOKEN)
        scores: dict[str, float] = defaultdict(float)
        for word, weight in weights.items():
            found: dict[str, float] = {}
            for spoken, strength in meant.get(word, {}).items():
                share = MEANT * min(1.0, strength / SURE)
                for metric in self._named.get(spoken, ()):
                    found[metric] = max(found.get(metric, 0.0), share)
            for metric in self._told.get(word, ()):
                found[metric] = max(found.get(metric, 0.0), TOLD)
            for metric in self._named.get(word, ()):
                found[metric] = 1.0
            for metric, share in found.items():
                scores[metric] += share * weight
        order = {m: score / (4 + math.sqrt(self._sizes[m])) for m, score in scores.items()}
        first = sorted(order, key=lambda m: (-order[m], len(m), m))[:most]
        return {m: scores[m] / sum(weights.values()) for m in first}


def forms(metric: MetricRef, known: Container[str], labels: Container[str]) -> list[Example]:
    """The usual queries over a metric, as examples without a question. known: the backend's metrics; labels: its."""
    base = metric.name
    queries: list[str] = []
    if metric.type in ("histogram", "summary"):
        if f"{base}_sum" in known and f"{base}_count" in known:
            queries += [f"sum(rate({base}_sum[5m])) / sum(rate({base}_count[5m]))", *_counted(f"{base}_count")]
        if f"{base}_bucket" in known:
            queries.append(f"histogram_quantile(0.95, sum by (le) (rate({base}_bucket[5m])))")
    elif metric.type in ("counter", "unknown"):
        queries += _counted(base)
    if base in known and "quantile" in labels:
        queries.append(f'{base}{{quantile="0.99"}}')
    elif metric.type in ("gauge", "unknown") and not base.endswith("_total"):
        queries += [base, f"sum({base})", f"avg({base})"]
        if _TIME.search(base):
            queries.append(f"time() - {base}")
    return [_example(query) for query in queries]


def partners(metric: MetricRef, others: Sequence[MetricRef], unit: str) -> list[Example]:
    """A level as a share of the limit that has a name alike, used_bytes / max_bytes, or of it and its complement,
    hits / (hits + misses). others: metrics of the same kind of thing; unit: percent or ratio."""
    factor = "100 * " if unit == "percent" else ""
    own = metric.name.split("_")
    out = []
    for other in filter(_plain, others):
        theirs = other.name.split("_")
        if other.type != metric.type or other.name == metric.name:
            continue
        one, two = (f"sum(rate({m.name}[5m]))" if m.type == "counter" else m.name for m in (metric, other))
        if _opposed(own, theirs):
            out.append(_example(f"{factor}{one} / ({one} + {two})"))
        elif len({*own} & {*theirs}) >= 2 and _WHOLE.search(other.name) and not _WHOLE.search(metric.name):
            out.append(_example(f"{factor}{one} / ({two} > 0)" if one == metric.name else f"{factor}{one} / {two}"))
    return out


def _plain(metric: MetricRef) -> bool:
    return bool(_PLAIN.fullmatch(metric.name))


def _opposed(own: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two names differ by a word and its opposite: hits and misses."""
    apart = [(a.lower(), b.lower()) for a, b in zip(own, theirs, strict=False) if a != b]
    return len(own) == len(theirs) and len(apart) == 1 and any({*apart[0]} == {*pair} for pair in _OPPOSITES)


def _counted(counter: str) -> list[str]:
    return [f"sum(rate({counter}[5m]))", f"sum(increase({counter}[5m]))", f"rate({counter}[5m])"]


def _example(query: str) -> Example:
    return Example(
        id=f"{UNTAUGHT}: {query}", scenario=UNTAUGHT, questions={"en": [""]}, reasoning=[], promql=query,
        metrics=list(metrics_of(parse(query))), skeleton="",
    )  # fmt: skip
