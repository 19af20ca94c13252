"""`text2promql eval ablate`: which knowledge in the prompt is worth what, on one set of questions with one model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.arms import ARMS, ask_arm
from eval.causes import cause
from eval.grading import Grader
from eval.questions import Question, find_dataset, read_dataset
from eval.replies import RememberingChat, Replies, identity
from eval.runner import stratified
from eval.scores import interval
from eval.setting import about, service_for
from eval.world.choice import BackendUrl, End, WorldFile, backend_at
from eval.world.run import DEMO
from text2promql.backend import Backend
from text2promql.errors import ModelReplyError
from text2promql.pipeline import Pipeline
from text2promql.settings import Settings, load_settings

__all__ = ["ablate"]

#: What rules make of the nearest examples, without a model; and the whole product, checks, dry run and repair included.
RULES, PRODUCT = "rules", "product"
NAMES = [*ARMS, RULES, PRODUCT]

out = Console(soft_wrap=True)
err = Console(stderr=True)


def ablate(
    dataset: Annotated[str, typer.Argument(help="A dataset, or the name of one of ours.")] = "covered",
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("ablation-report"),
    world: WorldFile = DEMO,
    backend: BackendUrl = None,
    end: End = None,
    model: Annotated[str | None, typer.Option(help="Model name or .gguf file.")] = None,
    model_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Number of questions, spread evenly.")] = 150,
    arm: Annotated[list[str] | None, typer.Option(help="Only this arm; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Which questions are taken.")] = 0,
) -> None:
    """Ask the same questions with each kind of knowledge in the prompt, and print the table.

    Arms that a report of the same questions and model has already stay in it.
    """
    names = arm or NAMES
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"there is no arm {unknown[0]}; there are {', '.join(NAMES)}")
    questions = stratified([q for q in read_dataset(find_dataset(dataset)) if q.golds], limit, seed)
    with backend_at(backend, end, world) as (url, moment):
        settings = load_settings(backend=url, model=model, model_url=model_url)
        told = about([dataset], settings, None)
        rows = asyncio.run(_run(names, questions, settings, moment))
    report.mkdir(parents=True, exist_ok=True)
    asked = sha256("\n".join(q.id for q in questions).encode()).hexdigest()[:12]
    arms = _earlier(report, told["model_id"], asked)
    arms |= {name: {**_row(hits), "commit": told["commit"], "date": told["date"]} for name, hits in rows.items()}
    ordered = {name: arms[name] for name in NAMES if name in arms}
    data = {**told, "n": len(questions), "questions": asked, "arms": ordered}
    (report / "ablation.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    (report / "ablation.md").write_text(_table(data), encoding="utf-8")
    out.print(_table(data), markup=False)


def _earlier(report: Path, model: str, asked: str) -> dict[str, Any]:
    """The arms of a report that lies there, if it is of this model and these questions."""
    try:
        data = json.loads((report / "ablation.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # none, or none that can be read: it is begun anew
    return dict(data["arms"]) if (data.get("model_id"), data.get("questions")) == (model, asked) else {}


Hit = tuple[str, bool, str]
"""(question id, matches, cause)"""


async def _run(
    names: Sequence[str], questions: Sequence[Question], settings: Settings, end: float
) -> dict[str, list[Hit]]:
    built = service_for(settings)
    replies = Replies(settings.cache / "eval" / "replies.sqlite")
    built.model = model = RememberingChat(built.model, identity(settings), replies)
    grading = Backend(settings)
    grader = Grader(grading, end)
    rows: dict[str, list[Hit]] = {name: [] for name in names}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        async with built.running(warm=False):
            with Progress(*columns, console=err) as bar:
                for name in names:
                    task = bar.add_task(name, total=len(questions))
                    for q in questions:
                        found = await _ask(name, built.pipeline(), model, q.question)
                        grade = await grader.grade(found, q.golds)
                        rows[name].append((q.id, grade.match, "" if grade.match else cause(found, q.golds)))
                        right = sum(hit for _, hit, _ in rows[name]) / len(rows[name])
                        bar.update(task, advance=1, description=f"{name} {100 * right:.0f} %")
                    err.print(f"{name}: {100 * sum(h for _, h, _ in rows[name]) / len(questions):.1f} %")
    finally:
        await grading.close()
        replies.close()
    return rows


async def _ask(name: str, pipeline: Pipeline, model: RememberingChat, question: str) -> str | None:
    if name == RULES:
        await pipeline.catalog.refresh()
        found = await pipeline.retriever.find(question, pipeline.catalog)
        return next((t.draft.promql for t in await pipeline.drafts(question, found)), None)
    if name != PRODUCT:
        return await ask_arm(name, pipeline, model, question)
    try:
        return (await pipeline.answer(question)).promql
    except ModelReplyError:
        return None  # no query is a wrong answer


def _row(hits: Sequence[Hit]) -> dict[str, Any]:
    right = [hit for _, hit, _ in hits]
    return {
        "n": len(hits),
        "match": round(sum(right) / len(right), 4),
        "ci": interval(right),
        "right": [name for name, hit, _ in hits if hit],
    }


def _table(data: dict[str, Any]) -> str:
    lines = [
        f"# What knowledge in the prompt is worth: {data['n']} questions of {data['dataset']}, {data['model']}",
        "",
        f"{data['date']}, commit {data['commit']}, {data['machine']}, model {data['model_id']}",
        "",
        "| prompt | match | 95 % interval | commit |",
        "| --- | --- | --- | --- |",
    ]
    for name, row in data["arms"].items():
        low, high = row["ci"]
        lines.append(
            f"| {name} | {100 * row['match']:.1f} % | {100 * low:.1f} – {100 * high:.1f} % | {row['commit']} |"
        )
    return "\n".join(lines) + "\n"
