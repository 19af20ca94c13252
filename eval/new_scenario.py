"""`text2promql eval new-scenario`: a scenario of which nothing was taught, and after five examples."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from eval.grading import Grader
from eval.questions import DATASETS, Question, find_dataset, read_dataset
from eval.records import Record
from eval.replies import RememberingChat, Replies, identity
from eval.runner import ask_here, run, stratified
from eval.scores import interval
from eval.setting import about, leave_out, service_for
from eval.world.choice import BackendUrl, End, backend_at
from text2promql.backend import Backend
from text2promql.errors import Text2PromqlError
from text2promql.service import Service
from text2promql.settings import Settings, load_settings

__all__ = ["new_scenario"]

out = Console(soft_wrap=True)
err = Console(stderr=True)


def new_scenario(
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("new-scenario-report"),
    backend: BackendUrl = None,
    end: End = None,
    model: Annotated[str | None, typer.Option(help="Model name or .gguf file.")] = None,
    model_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint.")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="Only this scenario; may be repeated.")] = None,
    questions: Annotated[int, typer.Option(min=1, help="Questions of each scenario.")] = 8,
) -> None:
    """Leave a scenario out of the index and measure; add its five examples by `examples add`, and measure again."""
    covered = read_dataset(find_dataset("covered"))
    names = scenario or sorted({q.scenario for q in covered})
    rows: dict[str, dict[str, Any]] = {}
    with backend_at(backend, end) as (url, moment):
        settings = load_settings(backend=url, model=model, model_url=model_url)
        told = about(["covered"], settings, None)
        for name in names:
            own = stratified([q for q in covered if q.scenario == name], questions, 0)
            rows[name] = _one(name, own, settings, moment, report)
            err.print(f"{name}: {rows[name]['before']} -> {rows[name]['after']} of {rows[name]['n']}")
            data = {**told, "scenarios": rows, **_total(list(rows.values()))}  # what is done is there if it is cut off
            (report / "new-scenario.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
            (report / "new-scenario.md").write_text(_table(data), encoding="utf-8")
    out.print(_table(data), markup=False)


def _one(name: str, questions: Sequence[Question], settings: Settings, end: float, report: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="text2promql-new-") as scratch:
        own, corpus = leave_out(name, settings, Path(scratch))
        before = asyncio.run(_measure(questions, own, corpus, end, report / name / "before"))
        _add(DATASETS / "adapt" / f"{name}.yaml", own)
        after = asyncio.run(_measure(questions, own, None, end, report / name / "after"))
    return {
        "n": len(questions),
        "before": sum(r.right for r in before),
        "after": sum(r.right for r in after),
        "declined_before": sum(r.status == "declined" for r in before),
        "declined_after": sum(r.status == "declined" for r in after),
    }


def _add(file: Path, settings: Settings) -> None:
    """`text2promql examples add FILE`, as a user would."""
    environment = {
        **os.environ,
        "TEXT2PROMQL_INDEX": str(settings.index),
        "TEXT2PROMQL_STORE": settings.store,
    }
    command = [sys.executable, "-m", "text2promql", "examples", "add", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Text2PromqlError(f"examples add {file} failed: {done.stderr.strip()[-500:]}")


async def _measure(
    questions: Sequence[Question], settings: Settings, corpus: Path | None, end: float, folder: Path
) -> list[Record]:
    """Ask over the index of a corpus, or over the one that is there."""
    built = service_for(settings, corpus) if corpus else Service.build(settings)
    replies = Replies(settings.cache / "eval" / "replies.sqlite")
    # Prompt beginnings of a measurement are not kept: each is used for a few questions only.
    built.model = remembering = RememberingChat(built.model, identity(settings), replies, keep=False)
    grading = Backend(settings)
    try:
        async with built.running(warm=False):
            records = run(questions, ask_here(built, remembering), Grader(grading, end), folder, "")
            return [r async for r in records]
    finally:
        await grading.close()
        replies.close()


def _total(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    n = sum(r["n"] for r in rows)
    out: dict[str, Any] = {"n": n}
    for key in ("before", "after"):
        right = sum(r[key] for r in rows)
        out[key] = {"match": round(right / n, 4), "ci": interval([True] * right + [False] * (n - right))}
    return out


def _table(data: dict[str, Any]) -> str:
    lines = [
        f"# A new scenario, before and after five examples: {data['model']}",
        "",
        f"{data['date']}, commit {data['commit']}, {data['machine']}, model {data['model_id']}",
        "",
        "| scenario | questions | nothing taught | five examples |",
        "| --- | --- | --- | --- |",
    ]
    for name, row in data["scenarios"].items():
        lines.append(f"| {name} | {row['n']} | {row['before']} | {row['after']} |")
    whole = " | ".join(f"{100 * data[k]['match']:.1f} %" for k in ("before", "after"))
    return "\n".join([*lines, f"| all | {data['n']} | {whole} |"]) + "\n"
