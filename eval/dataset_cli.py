"""`text2promql eval` check, leaks, counts, recall: the commands about datasets."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval import dataset_checks
from eval.grading import Grader
from eval.idioms import IDIOMS, idiom
from eval.questions import DATASETS, Question, find_dataset, read_dataset
from eval.recall import EXAMPLES, LINES, Recall, recall_of
from eval.world.choice import BackendUrl, End, backend_at
from offline.build import build
from offline.ingest import CorpusFile, read_corpus
from offline.reason import reason
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.embeddings import embedder
from text2promql.examples import Example
from text2promql.index import Index
from text2promql.retrieval import Retriever
from text2promql.service import corpus_folder
from text2promql.settings import load_settings

__all__ = ["check", "counts", "leaks", "recall"]

out = Console(soft_wrap=True, width=max(Console().width, 130))
err = Console(stderr=True)

Dataset = Annotated[str, typer.Argument(help="A dataset file or folder, or the name of one of ours.")]
Only = Annotated[str | None, typer.Option("--scenario", "--only", help="Only the questions of this scenario.")]


def _questions(dataset: str, scenario: str | None) -> list[Question]:
    questions = [q for q in read_dataset(find_dataset(dataset)) if scenario in (None, q.scenario)]
    if not questions:
        raise typer.BadParameter(f"the dataset {dataset} has no question of the scenario {scenario}")
    return questions


def _examples() -> tuple[list[CorpusFile], list[Example]]:
    files = read_corpus(corpus_folder())
    return files, [e for f in files for e in reason(f)[1]]


def _list(found: Sequence[str]) -> None:
    """Print what was found wrong; exit code 1 if there is anything."""
    for line in found:
        sys.stdout.write(f"{line}\n")
    if found:
        raise typer.Exit(1)


def check(dataset: Dataset = "covered", backend: BackendUrl = None, end: End = None, scenario: Only = None) -> None:
    """Check a dataset on a world: golds run and return something, wrong queries do not match, nothing was taught."""
    questions = _questions(dataset, scenario)
    found = dataset_checks.leaks(questions, _examples()[1])
    with backend_at(backend, end) as (url, moment):

        async def run() -> list[str]:
            client = Backend(load_settings(backend=url))
            grader = Grader(client, moment)
            told = [line for q in questions for line in await dataset_checks.complaints(q, grader)]
            await client.close()
            return told

        found += asyncio.run(run())
    err.print(f"{len(questions)} questions, {len(found)} complaints")
    _list(found)


def leaks(dataset: Dataset = "covered", scenario: Only = None) -> None:
    """Print the corpus example nearest to each question; a question with the intent and slots of an example fails."""
    questions = _questions(dataset, scenario)
    _, examples = _examples()
    near = dataset_checks.nearest_examples(questions, examples, embedder(load_settings().embedder))
    for n in sorted(near, key=lambda n: -n.similarity):
        if n.similarity >= dataset_checks.NEAR:
            kind = "same skeleton" if n.skeleton else "other skeleton"
            out.print(
                f"{n.similarity:.3f}  {kind:<14}  {n.question.question}  ({n.question.id}, {n.example.id})",
                markup=False,
            )
    alike = sum(n.similarity >= dataset_checks.NEAR and n.skeleton for n in near)
    told = f"{alike} at least {dataset_checks.NEAR} near to an example of the same skeleton (other slots)"
    out.print(f"{len(near)} questions; {told}")
    _list(dataset_checks.leaks(questions, examples))


def counts() -> None:
    """Print how many examples and questions there are: by scenario, language, idiom and tier."""
    files, _ = _examples()
    covered, decline = read_dataset(DATASETS / "covered"), read_dataset(DATASETS / "decline.yaml")
    adapt = {f.scenario: len(f.examples) for f in read_corpus(DATASETS / "adapt")}
    table = Table("scenario", "examples", "en", "zh", "questions", "en", "zh", "paraphrase", "composition", "adapt")
    for f in files:
        own = [q for q in covered if q.scenario == f.scenario]
        table.add_row(f.scenario, *map(str, [*_of_corpus([f]), *_of_questions(own), adapt.get(f.scenario, 0)]))
    table.add_section()
    total = [*_of_corpus(files), *_of_questions(covered), sum(adapt.values())]
    table.add_row(f"{len(files)} scenarios", *map(str, total))
    out.print(table)
    taught = Counter(idiom(e.promql) for f in files for e in f.examples)
    asked = Counter(idiom(q.golds[0]) for q in covered)
    table = Table("idiom", "examples", "questions")
    for name in IDIOMS:
        table.add_row(name, str(taught[name]), str(asked[name]))
    out.print(table)
    hard = Counter(q.difficulty for q in covered)
    out.print(f"difficulty of covered: {', '.join(f'{d}: {n}' for d, n in sorted(hard.items()))}")
    kinds = Counter((q.kind, q.lang) for q in decline)
    told = ", ".join(
        f"{kind} {kinds[kind, 'en']} en {kinds[kind, 'zh']} zh" for kind in dict.fromkeys(q.kind for q in decline)
    )
    out.print(f"decline: {len(decline)} questions: {told}")


def _of_corpus(files: Sequence[CorpusFile]) -> list[int]:
    examples = [e for f in files for e in f.examples]
    return [len(examples), sum(len(e.question.en) for e in examples), sum(len(e.question.zh) for e in examples)]


def _of_questions(questions: Sequence[Question]) -> list[int]:
    langs, tiers = Counter(q.lang for q in questions), Counter(q.tier for q in questions)
    return [len(questions), langs["en"], langs["zh"], tiers["paraphrase"], tiers["composition"]]


def recall(dataset: Dataset = "covered", backend: BackendUrl = None, scenario: Only = None) -> None:
    """Print retrieval recall: the right scenario and the needed metric among what was retrieved."""
    questions = _questions(dataset, scenario)
    settings = load_settings()
    chosen = embedder(settings.embedder)
    build([corpus_folder()], settings.index, chosen)
    retriever = Retriever(Index.read(settings.index, chosen))
    with backend_at(backend, 0.0) as (url, _):

        async def run() -> list[Recall]:
            client = Backend(load_settings(backend=url))
            catalog = Catalog(client)
            await catalog.refresh()
            found = await recall_of(questions, retriever, catalog)
            await client.close()
            return found

        found = asyncio.run(run())
    columns = {
        "scenario first": lambda r: r.scenario_first,
        f"scenario in {EXAMPLES}": lambda r: r.scenario,
        "metric first": lambda r: r.metric_first,
        f"metric in {EXAMPLES}": lambda r: r.metric_in_examples,
        f"metric in {LINES} lines": lambda r: r.metric_in_catalog,
        "metric in either": lambda r: r.metric_found,
    }
    table = Table("language", "questions", *columns)
    for lang in ("en", "zh", "both"):
        own = [r for r in found if lang in (r.question.lang, "both")]
        table.add_row(lang, str(len(own)), *(f"{100 * sum(map(c, own)) / len(own):.1f} %" for c in columns.values()))
    out.print(table)
    for r in found:
        if not (r.scenario and r.metric_found):
            out.print(f"{r.question.id}  {r.question.question}  needs {r.metric}", markup=False)
