"""The compiled world: for each metric the label sets of its series and their values at any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from eval.world import spec as s
from eval.world.signal import Array, Count, compile_counter, compile_signal, key
from eval.world.tables import expand, matches, series_rows, uniform
from text2promql.errors import WorldError

#: The moment of a world at which questions are asked of it (2026-07-01T12:00:00Z).
END = 1782907200.0

Labels = dict[str, str]
Rows = list[tuple[Labels, s.Row]]


@dataclass
class Family:
    """One metric family: `series` are (sample name, labels) and `at(times)` their values (S, T).

    NaN marks a sample that does not exist at that time (a reason that does not apply). `at` takes and, where the
    values are moments (`dated`), gives the world's own time.
    """

    name: str
    type: str
    help: str
    unit: str
    series: list[tuple[str, Labels]]
    at: Callable[[Array], Array]
    dated: bool = False
    index: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class CompiledWorld:
    name: str
    step: float
    families: list[Family]
    shift: float = 0.0
    """Seconds from the world's own time to real time (see `pin`)."""

    def pin(self, end: float) -> None:
        """Make the real moment `end` the world's END: at the same distance from it the values are the same."""
        self.shift = end - END

    def values(self, family: Family, times: Array) -> Array:
        """Values (S, T) at real times (unix seconds)."""
        values = family.at(times - self.shift)
        return values + self.shift if family.dated else values

    @property
    def size(self) -> int:
        """How many series there are."""
        return sum(len(f.series) for f in self.families)


def compile_world(world: s.World) -> CompiledWorld:
    """Turn a world file into families. Raises WorldError that names the metric."""
    tables = expand(world)
    made: dict[str, list[Family]] = {}
    families: list[Family] = []
    for metric in _in_order(world.metrics):
        try:
            family = _family(metric, world.seed, series_rows(metric, tables), made)
        except WorldError as error:
            raise WorldError(f"metric {metric.name}: {error}") from error
        made.setdefault(metric.name, []).append(family)
        families.append(family)
    _check(families)
    return CompiledWorld(world.world, s.seconds(world.step), families)


def _in_order(metrics: list[s.Metric]) -> list[s.Metric]:
    """Metrics that others are derived from come first."""
    names = {m.name for m in metrics}
    placed: set[str] = set()
    left, out = list(metrics), []
    while left:
        ready = [m for m in left if not (isinstance(m.value, s.Of) and m.value.metric in _names(left, m))]
        if not ready:
            raise WorldError(f"metric {left[0].name} is derived from itself")
        for m in ready:
            if isinstance(m.value, s.Of) and m.value.metric not in names:
                raise WorldError(f"metric {m.name}: there is no metric {m.value.metric!r} to be derived from")
            out.append(m)
            placed.add(m.name)
        left = [m for m in left if m not in ready]
    return out


def _names(metrics: list[s.Metric], but: s.Metric) -> set[str]:
    return {m.name for m in metrics if m is not but}


def _check(families: list[Family]) -> None:
    types: dict[str, str] = {}
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for f in families:
        if types.setdefault(f.name, f.type) != f.type:
            raise WorldError(f"metric {f.name} is declared as {types[f.name]} and as {f.type}")
        for name, labels in f.series:
            identity = (name, tuple(sorted(labels.items())))
            if identity in seen:
                raise WorldError(f"metric {f.name}: the series {name}{labels} is declared twice")
            seen.add(identity)


def _family(metric: s.Metric, seed: int, rows: Rows, made: dict[str, list[Family]]) -> Family:
    series, at = _values(metric, seed, rows, made)
    dated = isinstance(metric.value, s.Timestamp | s.Moment) or (
        isinstance(metric.value, s.Of) and made[metric.value.metric][0].dated
    )
    return Family(metric.name, metric.type, metric.help, metric.unit, series, at, dated)


Made = tuple[list[tuple[str, Labels]], Callable[[Array], Array]]


def _values(metric: s.Metric, seed: int, rows: Rows, made: dict[str, list[Family]]) -> Made:  # noqa: C901  one case a kind
    value, name = metric.value, metric.name
    plain = [(name, labels) for labels, _ in rows]
    match value:
        case s.Gauge():
            return plain, compile_signal(value, seed, name, rows).at
        case s.Counter():
            return plain, _counter(value, seed, name, rows)
        case s.Histogram():
            return _histogram(value, seed, name, rows)
        case s.Summary():
            return _summary(value, seed, name, rows)
        case s.State():
            return _state(value, seed, name, rows)
        case s.Constant():
            return plain, _fixed([value.value for _ in rows])
        case s.Column():
            return plain, _fixed([float(row[value.column]) * value.times for _, row in rows])
        case s.Choose():
            return plain, _fixed([_choice(value, seed, name, labels, row) for labels, row in rows])
        case s.Moment():
            return plain, _fixed([END + float(row[value.column]) * value.times for _, row in rows])
        case s.Timestamp():
            return plain, _timestamp(value, seed, name, rows)
        case s.Of():
            return plain, _of(value, seed, name, rows, made, metric.type == "counter")


def _fixed(values: list[float]) -> Callable[[Array], Array]:
    column = np.array(values, dtype=np.float64)[:, None]
    return lambda times: np.broadcast_to(column, (len(column), len(times)))


def _choice(value: s.Choose, seed: int, name: str, labels: Labels, row: s.Row) -> float:
    return value.values[int(uniform(seed, name, key(row, labels, value.by)) * len(value.values))]


def _counter(value: s.Counter, seed: int, name: str, rows: Rows) -> Callable[[Array], Array]:
    count = compile_counter(value, seed, name, rows, value.round)
    if value.fill is None:
        return count.at
    fill = value.fill
    groups: dict[str, list[int]] = {}
    for i, (labels, _) in enumerate(rows):
        rest = {k: v for k, v in labels.items() if k != fill.label}
        groups.setdefault(repr(sorted(rest.items())), []).append(i)
    for members in groups.values():
        taken = sum(count.rate.level[i] for i in members if rows[i][0].get(fill.label) != fill.value)
        # At the top of its waves a busy group still leaves a little of what is filled.
        most = 0.97 * fill.total / (1 + value.swing + value.noise)
        if taken > most:
            for i in members:
                count.rate.level[i] *= most / taken
    fillers = [(g, i) for g in groups.values() for i in g if rows[i][0].get(fill.label) == fill.value]

    def at(times: Array) -> Array:
        out = count.at(times)
        every, offset = count.reset_every[:, None], count.reset_offset[:, None]
        for members, filler in fillers:
            start = np.floor((times - offset[filler]) / every[filler]) * every[filler] + offset[filler]
            others = [m for m in members if m != filler]
            out[filler] = fill.total * (times - start) - out[others].sum(axis=0)
        return out

    return at


def _cdf(bound: float, median: float, sigma: float) -> float:
    """Share of a log-normal distribution that lies at or below the bound."""
    return 0.5 * (1 + math.erf(math.log(bound / median) / (sigma * math.sqrt(2))))


def _histogram(value: s.Histogram, seed: int, name: str, rows: Rows) -> Made:
    """Two fixed log-normal populations, ordinary and slow, each with a counter of its own.

    Every bucket is then monotonic in time and in `le`, and the quantiles still move.
    """
    ordinary = compile_counter(value.rate, seed, f"{name} ordinary", rows, whole=True)
    ordinary.rate.level *= 1 - value.slow_share
    slow_rate = value.rate.model_copy(update={"swing": 0.7, "noise": 0.2, "period": "70m"})
    slow = compile_counter(slow_rate, seed, f"{name} slow", rows, whole=True)
    slow.rate.level = ordinary.rate.level * value.slow_share
    medians = compile_signal(value.median, seed, f"{name} median", rows).level
    series: list[tuple[str, Labels]] = []
    bounds = [*sorted(value.buckets), math.inf]
    fast_share = np.array([[_cdf(b, m, value.sigma) for b in bounds] for m in medians])
    slow_share = np.array([[_cdf(b, m * value.slow_factor, value.sigma) for b in bounds] for m in medians])
    for labels, _ in rows:
        series.extend((f"{name}_bucket", {**labels, "le": _number(b)}) for b in bounds)
        series += [(f"{name}_sum", labels), (f"{name}_count", labels)]
    mean = medians * math.exp(value.sigma**2 / 2)

    def at(times: Array) -> Array:
        a, b = ordinary.at(times), slow.at(times)
        buckets = np.floor(fast_share[:, :, None] * a[:, None, :]) + np.floor(slow_share[:, :, None] * b[:, None, :])
        total = mean[:, None] * (a + b * value.slow_factor)
        joined = np.concatenate([buckets, total[:, None, :], (a + b)[:, None, :]], axis=1)
        return np.asarray(joined.reshape(-1, len(times)), dtype=np.float64)

    return series, at


def _number(x: float) -> str:
    return "+Inf" if math.isinf(x) else repr(int(x)) if x == int(x) else repr(x)


def _summary(value: s.Summary, seed: int, name: str, rows: Rows) -> Made:
    count = compile_counter(value.rate, seed, name, rows, whole=True)
    median = compile_signal(value.median, seed, f"{name} median", rows)
    factors = np.array([math.exp(value.sigma * _z(float(q))) for q in value.quantiles])
    mean = math.exp(value.sigma**2 / 2)
    series: list[tuple[str, Labels]] = []
    for labels, _ in rows:
        series.extend((name, {**labels, "quantile": q}) for q in value.quantiles)
        series += [(f"{name}_sum", labels), (f"{name}_count", labels)]

    def at(times: Array) -> Array:
        total, middle = count.at(times), median.at(times)
        quantiles = middle[:, None, :] * factors[None, :, None]
        sums = total * median.level[:, None] * mean
        joined = np.concatenate([quantiles, sums[:, None, :], total[:, None, :]], axis=1)
        return np.asarray(joined.reshape(-1, len(times)), dtype=np.float64)

    return series, at


def _z(q: float) -> float:
    """The standard normal quantile, by bisection."""
    low, high = -8.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 0.5 * (1 + math.erf(middle / math.sqrt(2))) < q else (low, middle)
    return low


def _state(value: s.State, seed: int, name: str, rows: Rows) -> Made:
    names = list(value.values)
    edges = np.cumsum([value.values[n] for n in names])
    hold = s.seconds(value.hold) if value.hold else math.inf
    series = [(name, {**labels, value.label: v}) for labels, _ in rows for v in names]
    fixed: list[int | None] = []
    for _, row in rows:
        chosen = [o.value for o in value.when if matches(row, o.match)]
        if chosen and chosen[-1] not in names:
            raise WorldError(f"state {chosen[-1]!r} is none of {', '.join(names)}")
        fixed.append(names.index(chosen[-1]) if chosen else None)
    keys = [key(row, labels, value.by) for labels, row in rows]

    def current(i: int, epoch: int) -> int:
        held = fixed[i]
        if held is not None:
            return held
        return int(np.searchsorted(edges, uniform(seed, name, keys[i], epoch) * edges[-1], side="right"))

    def at(times: Array) -> Array:
        epochs = np.zeros(len(times), dtype=np.int64) if math.isinf(hold) else (times // hold).astype(np.int64)
        out = np.full((len(rows), len(names), len(times)), math.nan if value.only_current else 0.0)
        for epoch in np.unique(epochs):
            at_epoch = np.flatnonzero(epochs == epoch)
            for i in range(len(rows)):
                out[i, current(i, int(epoch)), at_epoch] = 1.0
        return out.reshape(-1, len(times))

    return series, at


def _timestamp(value: s.Timestamp, seed: int, name: str, rows: Rows) -> Callable[[Array], Array]:
    every, offset = [], []
    for labels, row in rows:
        own = key(row, labels, value.by)
        period = s.seconds(value.every) * (1 + value.spread * (2 * uniform(seed, name, own) - 1))
        every.append(period)
        offset.append(period * uniform(seed, name, own, "offset"))
    e, o = np.array(every)[:, None], np.array(offset)[:, None]
    return lambda times: np.floor(np.floor((times[None, :] - o) / e) * e + o)


def _of(
    value: s.Of, seed: int, name: str, rows: Rows, made: dict[str, list[Family]], counting: bool
) -> Callable[[Array], Array]:
    places = [_place(value, labels, row, made[value.metric]) for labels, row in rows]
    times_signal = compile_signal(value.times, seed, name, rows)
    families = made[value.metric]

    def at(times: Array) -> Array:
        values = [f.at(times) for f in families]
        other = np.stack([values[f][i] for f, i in places])
        share = times_signal.level[:, None] if counting else times_signal.at(times)
        out: Array = other * share
        if value.round:
            out = np.floor(out) if counting else np.rint(out)
        return out

    return at


def _place(value: s.Of, labels: Labels, row: s.Row, families: list[Family]) -> tuple[int, int]:
    """(family, series) of the one series that agrees with this one on the labels both have."""
    found: list[tuple[int, int]] = []
    for f, family in enumerate(families):
        for i in _candidates(family, labels):
            theirs = family.series[i][1]
            if all(str(row.get(k, v)) == v for k, v in theirs.items()) and matches(dict(theirs), value.match):
                found.append((f, i))
    if len(found) != 1:
        raise WorldError(
            f"{value.metric} has {len(found)} series that agree with {labels}; it takes one (narrow it with match)"
        )
    return found[0]


def _candidates(family: Family, labels: Labels) -> list[int]:
    """Series of the family worth a look: an index by whole label pairs keeps large worlds quick."""
    if not family.index:
        for i, (_, theirs) in enumerate(family.series):
            for k, v in theirs.items():
                family.index.setdefault(f"{k}\x1f{v}", []).append(i)
    shared = [family.index[f"{k}\x1f{v}"] for k, v in labels.items() if f"{k}\x1f{v}" in family.index]
    return min(shared, key=len) if shared else list(range(len(family.series)))


__all__ = ["CompiledWorld", "Count", "Family", "compile_world"]
