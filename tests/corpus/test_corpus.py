"""The corpus: every query runs on the demo world and returns something; nothing is said twice."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from eval.world.run import RunningWorld
from offline.ingest import CorpusFile, read_corpus
from offline.reason import reason
from text2promql import promql
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.checks import Query, run_checks
from text2promql.service import corpus_folder
from text2promql.settings import Settings

FILES = read_corpus(corpus_folder())
NAMES = [f.scenario for f in FILES]


def test_there_are_thirty_scenarios() -> None:
    assert len(FILES) >= 30
    assert sum(len(f.examples) for f in FILES) >= 900


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_scenario_has_enough_examples_in_both_languages(file: CorpusFile) -> None:
    assert len(file.examples) >= 30
    for example in file.examples:
        assert len(example.question.en) >= 2, example.id
        assert len(example.question.zh) >= 2, example.id


def test_no_two_examples_say_the_same() -> None:
    queries = Counter(promql.to_text(promql.parse(e.promql)) for f in FILES for e in f.examples)
    assert [q for q, n in queries.items() if n > 1] == []
    questions = Counter(q for f in FILES for e in f.examples for q in [*e.question.en, *e.question.zh])
    assert [q for q, n in questions.items() if n > 1] == []


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_the_derived_reasoning_passes_the_gate(file: CorpusFile) -> None:
    _, examples = reason(file)  # raises where the gate refuses
    assert all(e.reasoning[-1].promql == e.promql for e in examples)


@pytest.mark.prometheus
@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_query_runs_and_returns_something(file: CorpusFile, world: RunningWorld) -> None:
    async def empty() -> list[str]:
        backend = Backend(Settings(backend=world.backend))
        # At six moments: a question about rare events may have no answer at one of them.
        moments = [world.end - minutes * 60 for minutes in (0, 10, 20, 30, 45, 59)]
        out = []
        for example in file.examples:
            for moment in moments:
                if (await backend.query(example.promql, moment)).elements:
                    break
            else:
                out.append(example.id)
        await backend.close()
        return out

    assert asyncio.run(empty()) == []


@pytest.mark.prometheus
def test_no_check_objects_to_a_corpus_query(world: RunningWorld) -> None:
    async def objections() -> list[str]:
        backend = Backend(Settings(backend=world.backend))
        catalog = Catalog(backend)
        await catalog.refresh()
        out = []
        for example in (e for f in FILES for e in f.examples):
            found = await run_checks(Query.parse(example.promql), catalog)
            out += [f"{example.id}: {f.summary} {f.detail}" for f in found if f.severity == "error"]
        await backend.close()
        return out

    assert asyncio.run(objections()) == []
