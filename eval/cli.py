"""`text2promql eval`: run a dataset, compare two runs, and the commands about datasets."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval import dataset_cli
from eval.ablate import ablate
from eval.comparison import compare_runs
from eval.drafts import drafts
from eval.grading import Grader
from eval.learning_curve import learning_curve
from eval.new_scenario import new_scenario
from eval.questions import Question, find_dataset, read_dataset
from eval.records import Record, read_records
from eval.replies import RememberingChat, Replies, identity
from eval.runner import ask_here, ask_there, run, stratified
from eval.setting import about, service_for
from eval.summary import summary
from eval.world.choice import BackendUrl, End, WorldFile, backend_at
from eval.world.run import DEMO
from text2promql.backend import Backend
from text2promql.settings import Settings, load_settings

__all__ = ["app"]

app = typer.Typer(help="Measure accuracy: run datasets, compare runs, check datasets.", no_args_is_help=True)
app.command()(ablate)
app.command()(drafts)
app.command()(new_scenario)
app.command()(learning_curve)
app.command()(summary)
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
    report: Report = Path("eval-report"),
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
        told = about(datasets, settings, service)
        records = asyncio.run(_run(questions, settings, moment, service, report, told))
    from eval.report import write_report  # the plots take a second to import

    scored = write_report(report, told, records)
    (report / "run.json").unlink()
    out.print((report / "report.md").read_text(encoding="utf-8").partition("\n| tier")[0], markup=False)
    out.print(f"report: {report / 'report.html'}", markup=False)
    if scored["failures"]:
        err.print(f"{scored['failures']} questions could not be graded; run the same command again to try only those")
        raise typer.Exit(1)


async def _run(
    questions: Sequence[Question],
    settings: Settings,
    end: float,
    service: str | None,
    report: Path,
    facts: dict[str, Any],
) -> list[Record]:
    told = "".join(q.model_dump_json() for q in questions) + repr((facts["model_id"], facts["commit"], service))
    key = sha256(told.encode()).hexdigest()
    grading = Backend(settings)
    grader = Grader(grading, end)
    try:
        if service:
            return await _collect(run(questions, ask_there(service, settings), grader, report, key), len(questions))
        built = service_for(settings)
        replies = Replies(settings.cache / "eval" / "replies.sqlite")
        built.model = remembering = RememberingChat(built.model, identity(settings), replies)
        try:
            async with built.running(warm=False):
                asker = ask_here(built, remembering)
                return await _collect(run(questions, asker, grader, report, key), len(questions))
        finally:
            replies.close()
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
