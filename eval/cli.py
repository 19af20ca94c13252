"""`text2promql eval`: run a dataset, compare two runs, and the commands about datasets."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import text2promql
from eval import dataset_cli
from eval.comparison import compare_runs
from eval.grading import Grader
from eval.questions import Question, find_dataset, read_dataset
from eval.records import Record, read_records
from eval.replies import RememberingChat, Replies, identity
from eval.runner import ask_here, ask_there, run, stratified
from eval.world.choice import BackendUrl, End, WorldFile, backend_at
from eval.world.run import DEMO, ROOT
from offline.build import build, sources
from text2promql.backend import Backend
from text2promql.embeddings import embedder
from text2promql.service import Service, corpus_folder
from text2promql.settings import Settings, load_settings

__all__ = ["app"]

app = typer.Typer(help="Measure accuracy: run datasets, compare runs, check datasets.", no_args_is_help=True)
app.command()(dataset_cli.check)
app.command()(dataset_cli.leaks)
app.command()(dataset_cli.counts)
app.command()(dataset_cli.recall)

out = Console(soft_wrap=True)
err = Console(stderr=True)

Datasets = Annotated[list[str], typer.Argument(help="Dataset files or folders, or names of ours; several are joined.")]
Report = Annotated[Path, typer.Option(help="Folder of the report; a run that was interrupted goes on there.")]
Folder = Annotated[Path, typer.Argument(help="The folder of a report.")]


@app.command("run")
def run_command(
    datasets: Datasets,
    report: Annotated[
        Path, typer.Option(help="Folder of the report; a run that was interrupted goes on there.")
    ] = Path("eval-report"),
    world: WorldFile = DEMO,
    backend: BackendUrl = None,
    end: End = None,
    service: Annotated[str | None, typer.Option(help="A running service to ask; needs --backend and --end.")] = None,
    model: Annotated[str | None, typer.Option(help="Model name or .gguf file.")] = None,
    model_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions, spread evenly.")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="Only this scenario; may be repeated.")] = None,
    lang: Annotated[Literal["en", "zh"] | None, typer.Option(help="Only this language.")] = None,
    tier: Annotated[str | None, typer.Option(help="Only this tier.")] = None,
    seed: Annotated[int, typer.Option(help="Which questions --limit takes.")] = 0,
) -> None:
    """Ask the questions of a dataset, grade the answers by execution, and write a report.

    Exit code 0 when every question was graded, 1 when grader, backend or model failed on some.
    """
    if service and not backend:
        raise typer.BadParameter("--service needs --backend and --end: the answers are graded there")
    questions = [
        q
        for name in datasets
        for q in read_dataset(find_dataset(name))
        if (not scenario or q.scenario in scenario) and lang in (None, q.lang) and tier in (None, q.tier)
    ]
    questions = stratified(questions, limit, seed)
    if not questions:
        raise typer.BadParameter("no question is left: loosen --scenario, --lang or --tier")
    with backend_at(backend, end, world) as (url, moment):
        settings = load_settings(backend=url, model=model, model_url=model_url)
        about = _about(datasets, settings, service)
        records = asyncio.run(_run(questions, settings, moment, service, report, about))
    from eval.report import write_report  # the plots take a second to import

    told = write_report(report, about, records)
    (report / "run.json").unlink()
    out.print((report / "report.md").read_text(encoding="utf-8").partition("\n| tier")[0], markup=False)
    out.print(f"report: {report / 'report.html'}", markup=False)
    if told["failures"]:
        err.print(f"{told['failures']} questions could not be graded; run the same command again to try only those")
        raise typer.Exit(1)


async def _run(
    questions: Sequence[Question],
    settings: Settings,
    end: float,
    service: str | None,
    report: Path,
    about: dict[str, Any],
) -> list[Record]:
    told = "".join(q.model_dump_json() for q in questions) + repr((about["model_id"], about["commit"], service))
    key = sha256(told.encode()).hexdigest()
    grading = Backend(settings)
    grader = Grader(grading, end)
    try:
        if service:
            return await _collect(run(questions, ask_there(service, settings), grader, report, key), len(questions))
        index = embedder(settings.embedder)
        build(sources(corpus_folder(), settings.examples), settings.index, index)
        built = Service.build(settings)
        replies = Replies(settings.cache / "eval" / "replies.sqlite")
        built.model = remembering = RememberingChat(built.model, identity(settings), replies)
        async with built.running(warm=False):
            asker = ask_here(built, remembering)
            return await _collect(run(questions, asker, grader, report, key), len(questions))
    finally:
        await grading.close()


async def _collect(records: Any, total: int) -> list[Record]:
    """Show progress with the time that is left and the share that is right so far."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    found: list[Record] = []
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("asking", total=total)
        async for record in records:
            found.append(record)
            done = [r for r in found if not r.failure]
            right = sum(r.right for r in done) / len(done) if done else 0.0
            bar.update(task, completed=len(found), description=f"{100 * right:.1f} % right")
            if not sys.stderr.isatty() and len(found) % 20 == 0:
                err.print(f"{len(found)} of {total}, {100 * right:.1f} % right")
    return found


def _about(datasets: Sequence[str], settings: Settings, service: str | None) -> dict[str, Any]:
    return {
        "dataset": " + ".join(Path(d).stem for d in datasets),
        "model": service or settings.model,
        "model_id": service or identity(settings),
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
    }


def _commit() -> str:
    """The commit of the clone this runs from, marked where files differ from it; else the version."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
        described = subprocess.run(command, capture_output=True, text=True, check=True)
        return described.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return f"version {text2promql.__version__}"


def _machine() -> str:
    cpu = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass  # not Linux: the platform's name has to do
    return f"{os.cpu_count()} cores, {cpu or platform.processor() or platform.machine()}"


@app.command()
def compare(before: Folder, after: Folder) -> None:
    """Show which questions got better and worse from one run to another, and whether that is more than noise."""
    found = compare_runs(read_records(before), read_records(after))
    for title, pairs in (("better", found.better), ("worse", found.worse)):
        out.print(f"\n{title}: {len(pairs)}", style="bold")
        for a, b in pairs:
            out.print(f"  {b.question.id}  {b.question.question}", markup=False)
            out.print(f"    before: {a.promql}\n    after:  {b.promql}", markup=False, style="dim", highlight=False)
    verdict = "more than noise" if found.p < 0.05 else "not more than noise"
    out.print(
        f"\n{found.n} questions: {100 * found.before:.1f} % -> {100 * found.after:.1f} %  "
        f"(McNemar p = {found.p:.3f}: {verdict})"
    )
