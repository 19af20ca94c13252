"""Signals: numbers that move with time, each a pure function of (seed, series, time).

A signal is level x spread x (1 + slow wave + fast wobble). The waves are sines, so that a counter's
value is a closed-form integral of its rate and needs no state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.world.spec import Counter, Levels, Row, Signal, seconds
from eval.world.tables import matches, number, uniform
from text2promql.errors import WorldError

Array = NDArray[np.float64]
TAU = 2 * math.pi
#: Counters that never reset count from here (2026-01-01T00:00:00Z).
ORIGIN = 1767225600.0


@dataclass
class Waves:
    """A compiled signal over S series. Arrays are (S,) or, for the wobble, (S, 3)."""

    level: Array
    swing: Array
    period: Array
    phase: Array
    noise: Array
    wobble_period: Array
    wobble_phase: Array
    spec: Signal
    seeds: NDArray[np.uint64]

    def at(self, times: Array) -> Array:
        """Values at unix times (T,), shape (S, T)."""
        t = times[None, :]
        wave = self.swing[:, None] * np.sin(TAU * (t / self.period[:, None] + self.phase[:, None]))
        for k in range(3):
            angle = TAU * (t / self.wobble_period[:, k, None] + self.wobble_phase[:, k, None])
            wave += self.noise[:, None] / 3 * np.sin(angle)
        out: Array = self.level[:, None] * (1 + wave + self._spikes(np.floor(t / self._lasts)))
        if self.spec.min is not None or self.spec.max is not None:
            out = np.clip(out, self.spec.min, self.spec.max)
        return np.rint(out) if self.spec.round else out

    def integral(self, start: Array, times: Array) -> Array:
        """The integral from start (S, T) to times (T,), shape (S, T)."""
        t = np.broadcast_to(times[None, :], start.shape)
        total = t - start
        for amount, period, phase in self._sines():
            scale = (amount * period / TAU)[:, None]
            total = total + scale * (
                np.cos(TAU * (start / period[:, None] + phase[:, None]))
                - np.cos(TAU * (t / period[:, None] + phase[:, None]))
            )
        if self.spec.spike:
            total = total + self._spike_time(start, t)
        return self.level[:, None] * total

    def _sines(self) -> list[tuple[Array, Array, Array]]:
        wobble = [(self.noise / 3, self.wobble_period[:, k], self.wobble_phase[:, k]) for k in range(3)]
        return [(self.swing, self.period, self.phase), *wobble]

    @property
    def _lasts(self) -> float:
        return seconds(self.spec.spike.lasts) if self.spec.spike else 300.0

    def _spikes(self, windows: Array) -> Array:
        """The extra factor (factor - 1 in a spike, else 0) for window numbers, shape (S, W)."""
        spike = self.spec.spike
        if spike is None:
            return np.zeros((len(self.level), windows.shape[-1]))
        mixed = _mix(self.seeds[:, None] ^ windows.astype(np.uint64))
        chosen = mixed.astype(np.float64) / 2.0**64 < spike.share
        return np.where(chosen, spike.factor - 1, 0.0)

    def _spike_time(self, start: Array, t: Array) -> Array:
        """Extra seconds from spikes between start and t, both (S, T)."""
        lasts = self._lasts
        first, last = math.floor(start.min() / lasts), math.floor(t.max() / lasts)
        windows = np.arange(first, last + 1, dtype=np.float64)
        factors = self._spikes(windows[None, :])
        edges = np.concatenate([np.zeros((len(factors), 1)), np.cumsum(factors, axis=1) * lasts], axis=1)

        def until(moment: Array) -> Array:
            at = np.floor(moment / lasts)
            k = (at - first).astype(np.int64)
            rows = np.arange(len(factors))[:, None]
            return np.asarray(edges[rows, k] + factors[rows, k] * (moment - at * lasts), dtype=np.float64)

        return until(t) - until(start)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64: neighbouring inputs give unrelated outputs."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def key(row: Row, labels: dict[str, str], by: list[str] | None) -> str:
    """What decides a series' randomness: its labels, or the columns named by `by`."""
    if by is None:
        return repr(sorted(labels.items()))
    missing = [c for c in by if c not in row]
    if missing:
        raise WorldError(f"by names the column {missing[0]!r}, which {row} does not have")
    return repr([(c, str(row[c])) for c in by])


def compile_signal(spec: Signal, seed: int, name: str, series: list[tuple[dict[str, str], Row]]) -> Waves:
    """Turn a signal into arrays over the series of a metric."""
    columns: dict[str, list[float]] = {k: [] for k in ("level", "swing", "period", "phase", "noise")}
    wobble_period: list[list[float]] = []
    wobble_phase: list[list[float]] = []
    seeds: list[int] = []
    slow = seconds(spec.period)
    for labels, row in series:
        fields = {"level": _level(spec, row), "spread": spec.spread, "swing": spec.swing, "noise": spec.noise}
        for override in spec.when:
            if matches(row, override.match):
                changes = override.model_dump(exclude={"match"}, exclude_none=True)
                fields.update(changes)
        own = key(row, labels, spec.by)
        z = _normal(uniform(seed, name, own, "spread"), uniform(seed, name, own, "spread2"))
        columns["level"].append(fields["level"] * math.exp(fields["spread"] * z))
        columns["swing"].append(fields["swing"])
        columns["noise"].append(fields["noise"])
        columns["period"].append(slow * (0.8 + 0.4 * uniform(seed, name, own, "period")))
        columns["phase"].append(uniform(seed, name, own, "phase"))
        wobble_period.append([a + b * uniform(seed, name, own, "wobble", a) for a, b in _WOBBLES])
        wobble_phase.append([uniform(seed, name, own, "wobble phase", k) for k in range(3)])
        seeds.append(number(seed, name, own, "spike"))
    return Waves(
        **{k: np.array(v, dtype=np.float64) for k, v in columns.items()},
        wobble_period=np.array(wobble_period),
        wobble_phase=np.array(wobble_phase),
        spec=spec,
        seeds=np.array(seeds, dtype=np.uint64),
    )


#: Shortest length and extra length, in seconds, of the three sines of the fast wobble.
_WOBBLES = ((170.0, 120.0), (500.0, 300.0), (1500.0, 900.0))


def _level(spec: Signal, row: Row) -> float:
    if isinstance(spec.level, Levels):
        level = spec.level.values.get(str(row.get(spec.level.by, "")), spec.level.default)
    else:
        level = spec.level
    if spec.scale is None:
        return level
    if spec.scale not in row:
        raise WorldError(f"scale names the column {spec.scale!r}, which {row} does not have")
    return level * float(row[spec.scale])


def _normal(u: float, v: float) -> float:
    """A standard normal from two uniforms (Box-Muller), kept within two sigmas."""
    z = math.sqrt(-2 * math.log(1 - u)) * math.cos(TAU * v)
    return max(-2.0, min(2.0, z))


@dataclass
class Count:
    """A counter over S series: the integral of its rate since the last reset."""

    rate: Waves
    reset_every: Array
    reset_offset: Array
    whole: bool

    def at(self, times: Array) -> Array:
        every, offset = self.reset_every[:, None], self.reset_offset[:, None]
        start = np.full((len(every), len(times)), ORIGIN)
        again = np.isfinite(every[:, 0])
        start[again] = np.floor((times - offset[again]) / every[again]) * every[again] + offset[again]
        total = self.rate.integral(start, times)
        return np.floor(total) if self.whole else total


def compile_counter(spec: Signal, seed: int, name: str, series: list[tuple[dict[str, str], Row]], whole: bool) -> Count:
    """A counter resets when its process does: every 3 to 12 days, all of an instance at once."""
    resets = spec.resets if isinstance(spec, Counter) else True
    every, offset = [], []
    for labels, _ in series:
        process = labels.get("instance") or labels.get("serverIp") or repr(sorted(labels.items()))
        period = 86400 * (3 + 9 * uniform(seed, process, "reset"))
        every.append(period if resets else math.inf)
        offset.append(period * uniform(seed, process, "reset offset") if resets else 0.0)
    return Count(compile_signal(spec, seed, name, series), np.array(every), np.array(offset), whole)
