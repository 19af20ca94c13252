"""The world in Prometheus' text formats: OpenMetrics for history, the text format for live scrapes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from eval.world.series import CompiledWorld, Family, Labels
from eval.world.signal import Array

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def selector(name: str, labels: Labels) -> str:
    """A series as it stands in front of its value: name{label="value",...}."""
    inner = ",".join(f'{k}="{v.translate(_ESCAPES)}"' for k, v in labels.items())
    return f"{name}{{{inner}}}" if inner else name


def metadata(world: CompiledWorld) -> str:
    """HELP and TYPE alone, without samples."""
    families = {f.name: f for f in world.families}.values()
    return "".join(f"{line}\n" for f in families for line in _head(f))


def _head(family: Family) -> list[str]:
    help_text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    return [f"# HELP {family.name} {help_text}", f"# TYPE {family.name} {family.type}"]


def live(world: CompiledWorld, now: float) -> str:
    """The text exposition format at one moment, with HELP and TYPE."""
    lines: list[str] = []
    grouped: dict[str, list[Family]] = {}
    for family in world.families:
        grouped.setdefault(family.name, []).append(family)
    times = np.array([now])
    for families in grouped.values():
        lines += _head(families[0])
        for family in families:
            values = world.values(family, times)[:, 0]
            for (sample, labels), value in zip(family.series, values, strict=True):
                if not math.isnan(value):
                    lines.append(f"{selector(sample, labels)} {float(value)!r}")
    return "\n".join(lines) + "\n"


def history(world: CompiledWorld, times: Array) -> Iterator[str]:
    """OpenMetrics lines with timestamps for promtool, a series at a time; the caller adds `# EOF`.

    No TYPE lines: a block holds no metadata, and OpenMetrics would refuse counters without `_total`.
    """
    stamps = [f" {t:.3f}\n" for t in times.tolist()]
    for family in world.families:
        values = world.values(family, times)
        for (name, labels), row in zip(family.series, values, strict=True):
            head = selector(name, labels) + " "
            yield "".join([head + repr(v) + stamp for v, stamp in zip(row.tolist(), stamps, strict=True) if v == v])
