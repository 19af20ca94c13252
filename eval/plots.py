"""Plots of a report, as SVG text that stands inside a page."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.figure import Figure

__all__ = ["bars", "calibration", "curve", "distribution"]

INK, GOOD, FAINT = "#334155", "#2563eb", "#cbd5e1"
STYLE: Any = {
    "font.size": 9, "axes.edgecolor": FAINT, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "text2promql",
    # Text stays text: a page can be searched, and needs no font of this machine.
    "svg.fonttype": "none", "font.family": "sans-serif",
}  # fmt: skip


def bars(groups: Mapping[str, Mapping[str, Any]], target: float | None = None, sort: bool = False) -> str:
    """Horizontal bars of `match` with the interval `ci`, one for each group {n, match, ci}."""
    names = sorted(groups, key=lambda n: groups[n]["match"]) if sort else list(groups)[::-1]
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(6.4, 0.5 + 0.24 * len(names)))
        values = [100 * groups[n]["match"] for n in names]
        spans = [[v - 100 * groups[n]["ci"][0] for v, n in zip(values, names, strict=True)],
                 [100 * groups[n]["ci"][1] - v for v, n in zip(values, names, strict=True)]]  # fmt: skip
        axes.barh(names, values, xerr=spans, color=GOOD, height=0.62, error_kw={"ecolor": INK, "elinewidth": 0.8})
        for i, name in enumerate(names):
            axes.text(101, i, f"{values[i]:.0f} %  ({groups[name]['n']})", va="center")
        if target is not None:
            axes.axvline(100 * target, color=INK, linewidth=0.8, linestyle=":")
        axes.set_xlim(0, 100)
        axes.set_xlabel("match, %")
        return _svg(figure)


def calibration(rows: Sequence[Mapping[str, float]]) -> str:
    """Confidence against the share that was right; the size of a point is the number of answers."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(3.4, 3.2))
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
        sizes = [12 + 3 * r["n"] for r in rows]
        axes.scatter([r["confidence"] for r in rows], [r["match"] for r in rows], s=sizes, color=GOOD, alpha=0.8)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="confidence", ylabel="share that is right")
        return _svg(figure)


def curve(points: Sequence[Mapping[str, Any]]) -> str:
    """`match` with the interval `ci` after each number of `corrections`."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(4.6, 3.2))
        at = [p["corrections"] for p in points]
        values = [100 * p["match"] for p in points]
        low, high = ([100 * p["ci"][side] for p in points] for side in (0, 1))
        axes.fill_between(at, low, high, color=GOOD, alpha=0.12, linewidth=0)
        axes.plot(at, values, color=GOOD, marker="o", markersize=4)
        for x, value in zip(at, values, strict=True):
            axes.annotate(f"{value:.0f} %", (x, value), (0, 7), textcoords="offset points", ha="center")
        axes.set(xlabel="corrections", ylabel="right on the other questions, %", ylim=(0, 105))
        axes.set_xticks(at)
        return _svg(figure)


def distribution(named: Mapping[str, Sequence[float]]) -> str:
    """What share of the questions had taken at most how many seconds; values in milliseconds."""
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(4.6, 3.2))
        for (name, values), color in zip(named.items(), (GOOD, INK), strict=False):
            ordered = sorted(v / 1000 for v in values)
            axes.plot(ordered, [100 * (i + 1) / len(ordered) for i in range(len(ordered))], label=name, color=color)
        axes.set(xlabel="seconds", ylabel="% of questions", ylim=(0, 101))
        axes.set_xlim(left=0)
        axes.legend(frameon=False)
        return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return text.getvalue().partition("<svg")[1] + text.getvalue().partition("<svg")[2]
