"""The report of a run: report.json, report.md and one self-contained report.html."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots
from eval.records import Record
from eval.scores import scores

__all__ = ["read_report", "write_report"]

#: Lines of the summary: name in the scores, words, whether it is a share.
LINES = (
    ("match", "match (execution accuracy)"),
    ("exact", "exact"),
    ("parses", "parses"),
    ("runs", "runs"),
    ("nonempty", "returns something"),
    ("metric_f1", "metric F1"),
    ("scenario_found", "scenario found"),
    ("metric_shown", "needed metric among the examples shown"),
    ("answered", "marked answered"),
    ("answered_precision", "of those marked answered, right"),
    ("answered_real_names", "of those marked answered, every name real"),
    ("decline_recall", "declined where it must be"),
    ("false_decline", "declined though answerable"),
)
TARGET = 0.85


def write_report(folder: Path, about: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """Write the three files; returns what report.json holds."""
    told = {**about, **scores(records)}
    (folder / "report.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = {
        "about": about,
        "told": told,
        "lines": [(words, told[name]) for name, words in LINES if told[name] is not None],
        "wrong": [r for r in records if not r.right and not r.failure],
        "failures": [r for r in records if r.failure],
        "blocks": _blocks(records),
        "plots": {name: Markup(svg) for name, svg in _plots(told, records).items()},
    }
    for name in ("report.md", "report.html"):
        (folder / name).write_text(templates.get_template(name).render(shown), encoding="utf-8")
    return told


def read_report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found


def _blocks(records: Sequence[Record]) -> dict[str, str]:
    """The beginnings of prompts that many questions share, by scenario: they stand in the page once."""
    out: dict[str, str] = {}
    for r in records:
        for call in r.calls:
            if r.scenario and call.fixed and r.scenario not in out:
                out[r.scenario] = "\n\n".join(f"[{m['role']}]\n{m['content']}" for m in call.prompt[: call.fixed])
    return out


def _plots(told: Mapping[str, Any], records: Sequence[Record]) -> dict[str, str]:
    out = {name: plots.bars(groups, TARGET, sort=name == "scenario") for name, groups in told["by"].items() if groups}
    if told["calibration"]["bins"]:
        out["calibration"] = plots.calibration(told["calibration"]["bins"])
    clocks = {
        "first token": [r.first_token_ms for r in records if r.first_token_ms],
        "answer": [r.latency_ms for r in records if r.latency_ms and r.status != "declined"],
    }
    if all(clocks.values()):
        out["latency"] = plots.distribution(clocks)
    return out
