"""The README's accuracy tables come from the committed reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.summary import BEGIN, END, REPORTS, in_readme, tables
from text2promql.errors import DatasetError

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_what_the_reports_say() -> None:
    text = README.read_text(encoding="utf-8")
    assert in_readme(text, tables(REPORTS)) == text, "run `text2promql eval summary --write`"


def test_an_ablation_a_new_scenario_and_a_learning_curve_have_tables(tmp_path: Path) -> None:
    about = {"model": "small", "date": "2026-01-01", "commit": "abc"}
    (tmp_path / "a").mkdir()
    arms = {"bare": {"n": 150, "match": 0.04, "ci": [0.01, 0.08], "commit": "abc"}}
    (tmp_path / "a" / "ablation.json").write_text(json.dumps({**about, "arms": arms}))
    new = {"scenarios": {"redis": {"n": 4, "before": 1, "after": 3}}, "n": 4,
           "before": {"match": 0.25, "ci": [0, 0.7]}, "after": {"match": 0.75, "ci": [0.3, 1]}}  # fmt: skip
    (tmp_path / "a" / "new-scenario.json").write_text(json.dumps({**about, **new}))
    points = [
        {"corrections": 0, "n": 8, "match": 0.25, "ci": [0, 0.5]},
        {"corrections": 3, "n": 8, "match": 0.5, "ci": [0.1, 0.9]},
    ]
    curve = {"scenarios": {"redis": {}, "slo": {}}, "n": 8, "points": points}
    (tmp_path / "a" / "learning-curve.json").write_text(json.dumps({**about, **curve}))
    made = tables(tmp_path)
    assert "| questions | 0 corrections | 3 corrections |" in made
    assert "| 8 | 25.0 % (0–50) | 50.0 % (10–90) |" in made and "eval/reports/a/learning-curve.svg" in made
    assert "| `bare` | 150 | 4.0 % (1–8) | abc |" in made
    assert "| redis | 4 | 25.0 % | 75.0 % |" in made and "| all | 4 | 25.0 % (0–70) | 75.0 % (30–100) |" in made


def test_a_readme_without_a_place_is_refused() -> None:
    with pytest.raises(DatasetError, match="no place for the tables"):
        in_readme("# A project", "")
    assert in_readme(f"{BEGIN}old{END}", "new") == f"{BEGIN}\nnew\n{END}"


def test_a_broken_report_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "report.json").write_text("{")
    with pytest.raises(DatasetError, match="report.json is no report"):
        tables(tmp_path)
