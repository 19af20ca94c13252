"""`text2promql eval summary`: one table of the committed reports, as the README shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from text2promql.errors import DatasetError

__all__ = ["REPORTS", "in_readme", "summary", "tables"]

REPORTS = Path(__file__).with_name("reports")
#: Between these lines the README's tables stand.
BEGIN, END = "<!-- accuracy: text2promql eval summary --write -->", "<!-- end of accuracy -->"

out = Console(soft_wrap=True)


def summary(
    reports: Annotated[Path, typer.Option(help="Folder of reports.")] = REPORTS,
    readme: Annotated[Path, typer.Option(help="The README to write into.")] = Path("README.md"),
    write: Annotated[bool, typer.Option("--write", help="Put the tables into the README.")] = False,
) -> None:
    """Print the accuracy tables of a folder of reports, or put them into the README."""
    made = tables(reports)
    if write:
        readme.write_text(in_readme(readme.read_text(encoding="utf-8"), made), encoding="utf-8")
    else:
        out.print(made, markup=False, highlight=False)


def in_readme(text: str, made: str) -> str:
    """The README with the tables in their place. Raises DatasetError where the place is not marked."""
    if BEGIN not in text or END not in text:
        raise DatasetError(f"the README has no place for the tables: put the lines {BEGIN} and {END} into it")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n{made}\n{END}", text)


def tables(reports: Path) -> str:
    """Markdown tables of the reports: report.json, ablation.json, new-scenario.json, learning-curve.json."""
    parts = []
    runs = [(f.parent.name, _read(f)) for f in sorted(reports.glob("*/report.json"))]
    if runs:
        parts.append(_runs(runs))
    parts += [_ablation(_read(f)) for f in sorted(reports.glob("*/ablation.json"))]
    parts += [_new_scenario(_read(f)) for f in sorted(reports.glob("*/new-scenario.json"))]
    parts += [_curve(f.parent.name, _read(f)) for f in sorted(reports.glob("*/learning-curve.json"))]
    return "\n\n".join(parts)


def _read(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{file} is no report: {error}") from error
    return found


def _runs(runs: Iterable[tuple[str, dict[str, Any]]]) -> str:
    rows = []
    for name, r in runs:
        tiers = {tier: _percent(found["match"]) for tier, found in r["by"].get("tier", {}).items() if found["n"]}
        declined = _percent(r["decline_recall"]) if r["decline_n"] >= 20 else "–"
        rows.append(
            [f"[{name}](eval/reports/{name}/report.md)", r["model"], str(r["n"]),
             _with_interval(r["match"], r["match_ci"]), tiers.get("paraphrase", "–"), tiers.get("composition", "–"),
             _percent(r["answered_precision"] if r["n"] else None), declined, _percent(r["false_decline"]),
             _seconds(r["first_token_ms"]), _seconds(r["latency_ms"])]
        )  # fmt: skip
    heads = ["report", "model", "questions", "match (95 % interval)", "paraphrase", "composition",
             "right of `answered`",
             "declined of the unanswerable", "wrongly declined", "first token p50", "answer p50"]  # fmt: skip
    return _table(heads, rows)


def _ablation(data: dict[str, Any]) -> str:
    rows = [
        [f"`{arm}`", str(r["n"]), _with_interval(r["match"], r["ci"]), r["commit"]] for arm, r in data["arms"].items()
    ]
    told = f"What knowledge in the prompt is worth ({data['model']}, {data['date']}):"
    return f"{told}\n\n{_table(['prompt', 'questions', 'match (95 % interval)', 'commit'], rows)}"


def _new_scenario(data: dict[str, Any]) -> str:
    rows = [
        [name, str(r["n"]), _percent(r["before"] / r["n"]), _percent(r["after"] / r["n"])]
        for name, r in data["scenarios"].items()
    ]
    rows.append(
        ["all", str(data["n"]), *(_with_interval(data[k]["match"], data[k]["ci"]) for k in ("before", "after"))]
    )
    told = f"A scenario that no example tells of ({data['model']}, {data['date']}, commit {data['commit']}):"
    return f"{told}\n\n{_table(['scenario', 'questions', 'nothing added', 'five examples added'], rows)}"


def _curve(name: str, data: dict[str, Any]) -> str:
    points = data["points"]
    told = (
        f"What corrections are worth: questions of {len(data['scenarios'])} scenarios that no example tells of, after "
        f"so many *other* answers have been corrected over the REST API ({data['model']}, {data['date']}, commit "
        f"{data['commit']}):"
    )
    rows = [[str(data["n"]), *(_with_interval(p["match"], p["ci"]) for p in points)]]
    table = _table(["questions", *(f"{p['corrections']} corrections" for p in points)], rows)
    return f"{told}\n\n{table}\n\n![Learning curve](eval/reports/{name}/learning-curve.svg)"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _with_interval(share: float | None, interval: list[float]) -> str:
    if share is None:
        return "–"
    return f"{_percent(share)} ({100 * interval[0]:.0f}–{100 * interval[1]:.0f})"


def _seconds(percentiles: dict[str, float] | None) -> str:
    return f"{percentiles['p50'] / 1000:.1f} s" if percentiles and percentiles.get("p50") else "–"
