"""`text2promql eval learning-curve`: how much better a scenario that nothing is known of gets with each correction.

The scenario is left out of the index. Part of its questions are asked over the REST API, and where the answer is wrong
it is corrected there, as a person would; the others, which nobody ever corrects, are measured in between.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from eval.grading import Grader
from eval.questions import Question, find_dataset, read_dataset
from eval.replies import RememberingChat, Replies, identity
from eval.scores import interval
from eval.setting import about, leave_out, service_for
from eval.world.choice import BackendUrl, End, WorldFile, backend_at
from eval.world.run import DEMO
from text2promql.backend import Backend
from text2promql.errors import DatasetError, Text2PromqlError
from text2promql.server import create_app
from text2promql.service import Service
from text2promql.settings import Settings, load_settings

__all__ = ["CORRECTIONS", "Curve", "curve_of", "learning_curve", "write_curves"]

#: After how many corrections the other questions are measured.
CORRECTIONS = (0, 1, 3, 5, 10)
#: Share of a scenario's questions that are measured and never corrected.
HELD = 0.4
#: Problems that are an answer, and a wrong one: the model gave no query, or the question was not taken.
_NO_QUERY = ("urn:text2promql:ModelReplyError", "urn:text2promql:BadQuestion")

out = Console(soft_wrap=True)
err = Console(stderr=True)


@dataclass
class Curve:
    """One scenario: `right` of the `n` measured questions after each number of corrections."""

    n: int
    right: dict[int, int] = field(default_factory=dict)
    given: int = 0
    """Corrections there were to give; the points after it repeat the last measurement."""
    refused: list[str] = field(default_factory=list)
    """Corrections that were not learned, and why."""


def learning_curve(
    dataset: Annotated[str, typer.Argument(help="A dataset, or the name of one of ours.")] = "covered",
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("learning-curve-report"),
    world: WorldFile = DEMO,
    backend: BackendUrl = None,
    end: End = None,
    model: Annotated[str | None, typer.Option(help="Model name or .gguf file.")] = None,
    model_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint.")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="Only this scenario; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Which questions are corrected, and in which order.")] = 0,
) -> None:
    """Leave a scenario out, correct wrong answers over the REST API, and measure the other questions in between."""
    groups: dict[str, list[Question]] = {}
    for q in read_dataset(find_dataset(dataset)):
        if q.golds and (not scenario or q.scenario in scenario):
            groups.setdefault(q.scenario, []).append(q)
    if not groups:
        raise typer.BadParameter("no question with a right answer is left: loosen --scenario")
    with backend_at(backend, end, world) as (url, moment):
        settings = load_settings(backend=url, model=model, model_url=model_url)
        told = about([dataset], settings, None)
        curves: dict[str, Curve] = {}
        for name, questions in sorted(groups.items()):
            curves[name] = asyncio.run(_one(name, questions, settings, moment, seed))
            points = ", ".join(f"{at}: {right}" for at, right in curves[name].right.items())
            err.print(f"{name or dataset}: right of {curves[name].n} after corrections {points}", markup=False)
            write_curves(report, told, curves)  # what is done is there if the rest is interrupted
    out.print((report / "learning-curve.md").read_text(encoding="utf-8"), markup=False)


async def _one(name: str, questions: Sequence[Question], settings: Settings, end: float, seed: int) -> Curve:
    with tempfile.TemporaryDirectory(prefix="text2promql-curve-") as scratch:
        own, corpus = leave_out(name, settings, Path(scratch))
        built = service_for(own.model_copy(update={"learning": "auto", "token": None}), corpus)
        replies = Replies(settings.cache / "eval" / "replies.sqlite")
        # Prompt beginnings of a measurement are not kept: each is used for a few questions only.
        built.model = RememberingChat(built.model, identity(settings), replies, keep=False)
        try:
            return await curve_of(questions, built, end, seed)
        finally:
            replies.close()


async def curve_of(questions: Sequence[Question], service: Service, end: float, seed: int = 0) -> Curve:
    """The curve of a service that has not been started and learns at once. Raises DatasetError, Text2PromqlError."""
    if len(questions) < 2:
        raise DatasetError("a learning curve needs at least two questions: one to correct, and one to measure")
    shuffled = Random(seed).sample(list(questions), len(questions))
    held = max(1, round(HELD * len(shuffled)))
    measured, asked = shuffled[:held], iter(shuffled[held:])
    curve = Curve(len(measured))
    grading = Backend(service.settings)
    transport = httpx.ASGITransport(create_app(service, warm=False))
    try:
        async with (
            service.running(warm=False),
            httpx.AsyncClient(transport=transport, base_url="http://text2promql", timeout=None) as http,
        ):
            person = _Person(http, Grader(grading, end))
            for wanted in CORRECTIONS:
                before = curve.given
                while curve.given < wanted and (question := next(asked, None)):
                    curve.given += await person.correct(question, curve.refused)
                if wanted and curve.given == before:  # nothing has been learned since
                    curve.right[wanted] = next(reversed(curve.right.values()))
                else:
                    curve.right[wanted] = sum([(await person.ask(q)).right for q in measured])
    finally:
        await grading.close()
    return curve


@dataclass(frozen=True)
class _Asked:
    answer_id: str
    right: bool


@dataclass(frozen=True)
class _Person:
    """Somebody who asks over the REST API and knows the right answers."""

    http: httpx.AsyncClient
    grader: Grader

    async def ask(self, question: Question) -> _Asked:
        reply = await self.http.post("/api/v1/ask", json={"question": question.question})
        told = reply.json()
        if reply.is_success:
            grade = await self.grader.grade(told["promql"], question.golds)
            return _Asked(told["id"], grade.match)
        if told.get("type") in _NO_QUERY:
            return _Asked(told.get("answer_id", ""), False)
        raise Text2PromqlError(f"{question.id}: {told.get('detail') or reply.text}")

    async def correct(self, question: Question, refused: list[str]) -> int:
        """Ask, and correct the answer if it is wrong: 1 where something was learned."""
        asked = await self.ask(question)
        if asked.right or not asked.answer_id:
            return 0
        body = {"answer_id": asked.answer_id, "verdict": "wrong", "corrected_promql": question.golds[0]}
        reply = await self.http.post("/api/v1/feedback", json=body)
        judged = reply.json()
        if not reply.is_success:
            raise Text2PromqlError(f"{question.id}: {judged.get('detail') or reply.text}")
        if judged["state"] == "learned":
            return 1
        why = "; ".join([judged["detail"], *(f["summary"] for f in judged["findings"] if f["severity"] == "error")])
        refused.append(f"{question.id}: {judged['state']}: {why}")
        return 0


def write_curves(folder: Path, told: Mapping[str, Any], curves: Mapping[str, Curve]) -> dict[str, Any]:
    """Write learning-curve.json, .md and .svg; returns what the first holds."""
    from eval import plots  # takes a second to import

    n = sum(c.n for c in curves.values())
    points = []
    for at in CORRECTIONS:
        right = sum(c.right[at] for c in curves.values())
        match = {"match": round(right / n, 4), "ci": interval([True] * right + [False] * (n - right))}
        points.append({"corrections": at, "n": n, "right": right, **match})
    rows = {name: {**vars(c), "right": {str(at): r for at, r in c.right.items()}} for name, c in curves.items()}
    data = {**told, "n": n, "points": points, "scenarios": rows}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "learning-curve.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "learning-curve.svg").write_text(plots.curve(points) + "\n", encoding="utf-8")
    (folder / "learning-curve.md").write_text(_table(data), encoding="utf-8")
    return data


def _table(data: Mapping[str, Any]) -> str:
    heads = [f"{at} corrections" for at in CORRECTIONS]
    lines = [
        f"# What corrections are worth: {len(data['scenarios'])} scenarios of {data['dataset']}, {data['model']}",
        "",
        f"{data['date']}, commit {data['commit']}, {data['machine']}, model {data['model_id']}",
        "",
        "Each scenario is left out of the index. Wrong answers are corrected over the REST API; in between the *other*",
        "questions are measured. Where fewer answers were wrong, the last measurement stands.",
        "",
        "![Learning curve](learning-curve.svg)",
        "",
        f"| scenario | measured | {' | '.join(heads)} | corrections given |",
        f"| --- | --- | {' | '.join('---' for _ in heads)} | --- |",
    ]
    for name, row in data["scenarios"].items():
        points = " | ".join(str(row["right"][str(at)]) for at in CORRECTIONS)
        lines.append(f"| {name or data['dataset']} | {row['n']} | {points} | {row['given']} |")
    whole = " | ".join(f"{100 * p['match']:.1f} %" for p in data["points"])
    lines.append(f"| all | {data['n']} | {whole} | {sum(row['given'] for row in data['scenarios'].values())} |")
    return "\n".join(lines) + "\n"
