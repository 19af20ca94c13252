"""`text2promql eval drafts`: how good the queries are that rules make, before any model is asked; and what order they
should have. A dataset costs two minutes, not hours, so this is what work on rules and retrieval is measured with.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.grading import Grader
from eval.questions import Question, find_dataset, read_dataset
from eval.setting import service_for
from eval.world.choice import BackendUrl, End, WorldFile, backend_at
from eval.world.run import DEMO
from text2promql.answerable import answerable
from text2promql.backend import Backend
from text2promql.choosing import AGAINST, SURENESS, TRIED, Tried, objections, recalled, signs
from text2promql.drafting import WEIGHTS
from text2promql.errors import QueryRejected
from text2promql.service import Service
from text2promql.settings import Settings, load_settings
from text2promql.slots import read_slots

__all__ = ["drafts"]

out = Console(soft_wrap=True, width=max(Console().width, 130))
err = Console(stderr=True)

#: Pull towards zero, steps and their size, when weights are learned; parts of the cross-validation.
PULL, STEPS, RATE, PARTS = 0.01, 400, 0.5, 5

#: Fewer questions teach nothing.
ENOUGH = 50


@dataclass(frozen=True)
class Case:
    """A question with its drafts, which of them are right, and the features that their order is told from."""

    question: Question
    queries: list[str]
    right: list[bool]
    features: NDArray[np.float64]  # (draft, name of NAMES)
    signs: dict[str, float]
    recalled: bool
    """Answered without the model."""

    def order(self, weights: NDArray[np.float64]) -> list[bool]:
        return [self.right[i] for i in np.argsort(-(self.features @ weights), kind="stable")]


NAMES = [*WEIGHTS, *AGAINST]
NOW = np.array([*WEIGHTS.values(), *(-w for w in AGAINST.values())])


def drafts(
    dataset: Annotated[str, typer.Argument(help="A dataset, or the name of one of ours.")] = "practice",
    world: WorldFile = DEMO,
    backend: BackendUrl = None,
    end: End = None,
    wrong: Annotated[Path | None, typer.Option(help="Write the questions whose first draft is wrong here.")] = None,
    learn: Annotated[bool, typer.Option(help="Learn the order of the drafts from this dataset.")] = False,
) -> None:
    """Print how often the first draft is right, or one of the first three, or any; the model is not asked."""
    questions = [q for q in read_dataset(find_dataset(dataset)) if q.golds]
    with backend_at(backend, end, world) as (url, moment):
        cases = asyncio.run(_cases(questions, load_settings(backend=url), moment))
    out.print(_table(cases))
    if wrong:
        wrong.write_text("\n".join(_told(c) for c in cases if not any(c.right[:1])), encoding="utf-8")
    if learn:
        _learn(cases)


async def _cases(questions: Sequence[Question], settings: Settings, end: float) -> list[Case]:
    service, grading = service_for(settings), Backend(settings)
    grader = Grader(grading, end)
    try:
        await service.catalog.refresh()
        return [await _case(service, q, grader) for q in track(questions, "drafting", console=err)]
    finally:
        await service.close()
        await grading.close()


async def _case(service: Service, question: Question, grader: Grader) -> Case:
    pipeline = service.pipeline()
    found = await pipeline.retriever.find(question.question, pipeline.catalog)
    made = await pipeline.drafts(question.question, found)
    slots = read_slots(question.question)
    rows = [_features(t, objections(t.attempt, question.question, slots)) for t in made]
    right = [await _right(grader, t.draft.promql, question.golds) for t in made]
    told = signs(made, found) if made and answerable(question.question, found) else {}
    return Case(
        question,
        [t.draft.promql for t in made],
        right,
        np.array(rows).reshape(len(made), len(NAMES)),
        told,
        recalled(made) is not None,
    )


def _features(tried: Tried, against: Sequence[str]) -> list[float]:
    return [*(tried.draft.features.get(n, 0.0) for n in WEIGHTS), *(float(n in against) for n in AGAINST)]


async def _right(grader: Grader, query: str, golds: Sequence[str]) -> bool:
    try:
        return (await grader.grade(query, golds)).match
    except QueryRejected:
        return False


def _table(cases: Sequence[Case]) -> Table:
    table = Table("", "questions", "first", "of three", f"of {TRIED}", "from memory", "right of it")
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        for key in ("all", case.question.tier, case.question.lang):
            groups[key].append(case)
    for key, own in groups.items():
        shares = [f"{100 * sum(any(c.right[:n]) for c in own) / len(own):.1f} %" for n in (1, 3, TRIED)]
        known = [c.right[0] for c in own if c.recalled]
        memory = [f"{100 * len(known) / len(own):.1f} %", f"{100 * sum(known) / len(known):.1f} %" if known else "-"]
        table.add_row(key, str(len(own)), *shares, *memory)
    return table


def _told(case: Case) -> str:
    drafts = "".join(f"  {'*' if ok else ' '} {q}\n" for ok, q in zip(case.right, case.queries, strict=True))
    golds = "".join(f"  = {g}\n" for g in case.question.golds)
    return f"{case.question.id} [{case.question.tier}] {case.question.question}\n{drafts}{golds}"


def _learn(cases: Sequence[Case]) -> None:
    """Print the weights learned from all, and how they do on scenarios that they were not learned from."""
    if sum(any(c.right) and not all(c.right) for c in cases) < ENOUGH:
        raise typer.BadParameter(f"--learn needs {ENOUGH} questions at least that have right drafts and wrong ones")
    scenarios = sorted({c.question.scenario for c in cases})
    held = 0
    for part in range(PARTS):
        apart = set(scenarios[part::PARTS])
        weights = _weights([c for c in cases if c.question.scenario not in apart])
        held += sum(any(c.order(weights)[:1]) for c in cases if c.question.scenario in apart)
    now = sum(any(c.order(NOW)[:1]) for c in cases)
    out.print(f"first right with the weights in use: {100 * now / len(cases):.1f} %")
    out.print(f"with weights learned from other scenarios: {100 * held / len(cases):.1f} %")
    learned = dict(zip(NAMES, _weights(cases).round(1).tolist(), strict=True))
    out.print({n: learned[n] for n in WEIGHTS}, {n: -learned[n] for n in AGAINST})
    sure = [c for c in cases if c.signs]
    out.print(_sureness(sure))


def _weights(cases: Sequence[Case]) -> NDArray[np.float64]:
    """Logistic ranking: the right drafts of a question against its wrong ones."""
    useful = [c for c in cases if any(c.right) and not all(c.right)]
    scale = np.vstack([c.features for c in useful]).std(0) + 1e-6
    weights = np.zeros(len(NAMES))
    for _ in range(STEPS):
        gradient = np.zeros(len(NAMES))
        for case in useful:
            rows = case.features / scale
            chance = np.exp(rows @ weights - (rows @ weights).max())
            chance /= chance.sum()
            wanted = chance * case.right
            gradient += rows.T @ (wanted / wanted.sum() - chance)
        weights += RATE * (gradient / len(useful) - PULL * weights)
    found: NDArray[np.float64] = weights / scale
    return found


def _sureness(cases: Sequence[Case]) -> dict[str, float]:
    """Logistic regression of "the first draft is right" on its signs."""
    names = [n for n in SURENESS if n != "bias"]
    rows = np.array([[c.signs[n] for n in names] for c in cases])
    right = np.array([c.right[0] for c in cases], dtype=float)
    mean, scale = rows.mean(0), rows.std(0) + 1e-6
    rows = (rows - mean) / scale
    weights, bias = np.zeros(len(names)), 0.0
    for _ in range(4000):
        off = right - 1 / (1 + np.exp(-(rows @ weights + bias)))
        weights += 0.3 * (rows.T @ off / len(cases) - PULL * weights)
        bias += 0.3 * off.mean()
    told = dict(zip(names, (weights / scale).round(2).tolist(), strict=True))
    return {**told, "bias": round(float(bias - (weights / scale) @ mean), 2)}
