"""The catalog: which metrics the backend really holds, with type, HELP, labels and values."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from difflib import get_close_matches

from text2promql.answer import MetricRef
from text2promql.backend import Backend
from text2promql.words import words

__all__ = ["Catalog", "Labels", "family"]

_SUFFIX = re.compile(r"_(bucket|sum|count|total|created)$")
#: More values than this and a label is named without its values.
MANY = 40
#: The same over the whole backend.
MANY_ANYWHERE = 400
#: Seconds until a backend without any metadata is asked again.
NO_METADATA = 15.0


def family(name: str) -> str:
    """The base name under which a histogram's or summary's metadata stands."""
    return _SUFFIX.sub("", name)


@dataclass
class Labels:
    """The labels of one metric; `values` leaves out those with more than MANY values."""

    names: list[str]
    values: dict[str, list[str]]


@dataclass
class Catalog:
    """Names and metadata, refreshed when older than `ttl` seconds; labels fetched when asked for."""

    backend: Backend
    ttl: float = 300.0
    names: list[str] = field(default_factory=list)
    _metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    _labels: dict[str, tuple[float, Labels]] = field(default_factory=dict)
    _known: frozenset[str] = frozenset()
    _spoken: frozenset[str] | None = None
    _read_at: float = -1e9
    _values: Labels = field(default_factory=lambda: Labels([], {}))
    _holders: dict[tuple[str, str], tuple[float, frozenset[str]]] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def refresh(self) -> None:
        """Read names and metadata if they are old. Raises BackendError when there are none yet."""
        async with self._lock:
            # A backend that has just started has names before it has metadata: it is asked again soon.
            ttl = self.ttl if self._metadata else min(self.ttl, NO_METADATA)
            if time.monotonic() - self._read_at < ttl:
                return
            names, metadata = await asyncio.gather(self.backend.metric_names(), self.backend.metadata())
            self.names, self._metadata = sorted(names), metadata
            self._known, self._spoken = frozenset(names), None
            self._values = await self._all_values()
            self._read_at = time.monotonic()

    @property
    def metadata(self) -> dict[str, dict[str, str]]:
        """Type, unit and HELP by metric or family; another object after each refresh, as `names`."""
        return self._metadata

    @property
    def vocabulary(self) -> frozenset[str]:
        """Words of this backend's metric names, labels, label values and HELP texts."""
        if self._spoken is None:
            values = {v for values in self._values.values.values() for v in values}
            helps = {e.get("help", "") for e in self._metadata.values()}
            texts = [*self.names, *self._values.names, *values, *helps]
            self._spoken = frozenset(w for text in texts for w in words(text))
        return self._spoken

    async def _all_values(self) -> Labels:
        """Every label of the backend; values where they are few enough to be names."""
        names = await self.backend.label_names('{__name__!=""}')
        found = await asyncio.gather(*(self.backend.label_values(n, '{__name__!=""}') for n in names))
        return Labels(names, {n: v for n, v in zip(names, found, strict=True) if len(v) <= MANY_ANYWHERE})

    @property
    def values(self) -> Labels:
        """Labels and values over all metrics."""
        return self._values

    async def holders(self, label: str, value: str) -> frozenset[str]:
        """Names of the metrics that have series with this value, cached. Raises BackendError."""
        cached = self._holders.get((label, value))
        if cached and time.monotonic() - cached[0] < self.ttl:
            return cached[1]
        selector = f"{{{label}={json.dumps(value, ensure_ascii=False)}}}"
        found = frozenset(await self.backend.label_values("__name__", selector))
        self._holders[label, value] = (time.monotonic(), found)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def describe(self, name: str) -> MetricRef:
        """Type, unit and HELP of a metric; without metadata the type is told from the name."""
        entry = self._metadata.get(name) or self._metadata.get(family(name)) or {}
        kind = entry.get("type", "")
        if kind in ("", "unknown"):
            kind = self._type_by_name(name)
        return MetricRef(name=name, type=kind, unit=entry.get("unit", ""), help=entry.get("help", ""))

    def _type_by_name(self, name: str) -> str:
        if name.endswith("_bucket") or f"{family(name)}_bucket" in self._known:
            return "histogram"
        if name.endswith(("_total", "_sum", "_count")) and not name.startswith("arms_"):
            return "counter" if name.endswith("_total") or family(name) in self._known else "unknown"
        return "unknown"

    async def labels(self, name: str) -> Labels:
        """Labels and low-cardinality values of one metric, cached. Raises BackendError."""
        cached = self._labels.get(name)
        if cached and time.monotonic() - cached[0] < self.ttl:
            return cached[1]
        selector = f'{{__name__="{name}"}}'
        names = await self.backend.label_names(selector)
        found = await asyncio.gather(*(self.backend.label_values(n, selector) for n in names))
        values = {n: v for n, v in zip(names, found, strict=True) if len(v) <= MANY}
        labels = Labels(names, values)
        self._labels[name] = (time.monotonic(), labels)
        return labels

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """Existing names close to one that does not exist: by spelling, then by shared words."""
        close = get_close_matches(name, self.names, n=n, cutoff=0.75)
        wanted = set(words(name))
        scored = sorted(self.names, key=lambda m: -len(wanted & set(words(m))) / (len(words(m)) + 1))
        return list(dict.fromkeys([*close, *scored[:n]]))[:n]
