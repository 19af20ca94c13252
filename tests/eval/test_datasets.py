"""The datasets that ship: true on the world, hard enough, and not taught beforehand. And what a bad file gets."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from eval.dataset_checks import canonical, complaints, leaks, nearest_examples
from eval.grading import Grader
from eval.idioms import idiom
from eval.questions import DATASETS, Question, find_dataset, read_dataset
from eval.recall import Recall, recall_of
from eval.world.run import RunningWorld
from offline.ingest import read_corpus
from offline.reason import reason
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.embeddings import Embedder
from text2promql.errors import DatasetError
from text2promql.index import Index
from text2promql.retrieval import Retriever
from text2promql.service import corpus_folder
from text2promql.settings import Settings

COVERED = read_dataset(DATASETS / "covered")
DECLINE = read_dataset(DATASETS / "decline.yaml")
PRACTICE = read_dataset(DATASETS / "practice")
ADAPT = read_corpus(DATASETS / "adapt")
CORPUS = read_corpus(corpus_folder())
EXAMPLES = [e for f in CORPUS for e in reason(f)[1]]
SCENARIOS = [f.scenario for f in CORPUS]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_has_questions_of_both_languages_and_tiers(scenario: str) -> None:
    own = [q for q in COVERED if q.scenario == scenario]
    assert len(own) >= 15
    for counts in (Counter(q.lang for q in own), Counter(q.tier for q in own)):
        assert len(counts) == 2 and min(counts.values()) >= 7, counts
    assert {q.difficulty for q in own} == {1, 2, 3}
    assert [len(f.examples) for f in ADAPT if f.scenario == scenario] == [5]


def test_there_are_enough_questions() -> None:
    assert len(COVERED) >= 450
    assert len(DECLINE) >= 80
    langs = Counter(q.lang for q in DECLINE)
    assert abs(langs["en"] - langs["zh"]) <= 0.1 * len(DECLINE)
    assert {q.kind for q in DECLINE} == {"metric", "log", "action", "chat", "injection", "unclear"}


def test_nothing_of_a_dataset_was_taught() -> None:
    assert leaks([*COVERED, *DECLINE], EXAMPLES) == []
    asked = {canonical(g) for q in COVERED for g in q.golds}
    assert [
        q.id for q in PRACTICE if asked & {canonical(g) for g in q.golds} or q.question in {c.question for c in COVERED}
    ] == []
    adapt = [e for f in ADAPT for e in reason(f)[1]]
    assert leaks(COVERED, adapt) == []


@pytest.mark.prometheus
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_golds_are_true_and_wrong_queries_are_not(scenario: str, world: RunningWorld) -> None:
    async def found() -> list[str]:
        backend = Backend(Settings(backend=world.backend))
        grader = Grader(backend, world.end)
        out = [line for q in COVERED if q.scenario == scenario for line in await complaints(q, grader)]
        for example in (e for f in ADAPT if f.scenario == scenario for e in f.examples):
            if not all(await grader.results(example.promql)):
                out.append(f"{example.id} returns nothing")
        await backend.close()
        return out

    assert asyncio.run(found()) == []


@pytest.mark.prometheus
def test_retrieval_brings_the_scenario_and_the_metric(world: RunningWorld, index: Path, embedder: Embedder) -> None:
    async def measured() -> list[Recall]:
        backend = Backend(Settings(backend=world.backend))
        catalog = Catalog(backend)
        await catalog.refresh()
        found = await recall_of(COVERED, Retriever(Index.read(index, embedder)), catalog)
        await backend.close()
        return found

    found = asyncio.run(measured())
    for lang in ("en", "zh"):
        own = [r for r in found if r.question.lang == lang]
        assert sum(r.scenario for r in own) / len(own) >= 0.97, lang
        assert sum(r.metric_found for r in own) / len(own) >= 0.97, lang


def test_a_question_that_was_taught_is_found(embedder: Embedder) -> None:
    example = EXAMPLES[0]
    other_order = Question.model_validate(
        {"id": "x", "question": "something else", "golds": [f"({example.promql})"], "scenario": example.scenario}
    )
    same_words = Question.model_validate({"id": "y", "question": example.question("en").upper() + "?", "golds": ["up"]})
    assert [line.split(":")[0] for line in leaks([other_order, same_words], EXAMPLES)] == ["x", "y"]
    (near,) = nearest_examples([same_words], EXAMPLES[:20], embedder)
    assert near.example.id == example.id and near.similarity > 0.9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sum by (b,a) (x)", "sum(x) by (a, b)"),
        ("((x > 1))", "x>1"),
        ("a / on(x,y) group_left (z) b", "a / on (y, x) group_left(z) b"),
    ],
)
def test_layout_and_label_order_make_no_other_query(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_canonical_keeps_what_matters() -> None:
    assert canonical("(a) / (b)") != canonical("a / b * 2")
    assert canonical("sum by (a) (x)") != canonical("sum by (b) (x)")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("up", "selection"),
        ("sum by (job) (up)", "aggregation"),
        ("rate(x_total[5m])", "rate"),
        ("increase(x_total[1h])", "increase"),
        ("a / b", "ratio"),
        ("100 * a", "selection"),
        ("a / b > 0.5", "threshold"),
        ("topk(3, a / b)", "ranking"),
        ("avg_over_time(x[1h])", "over time"),
        ("max_over_time(rate(x_total[5m])[1h:1m])", "subquery"),
        ("a - a offset 1d", "comparison"),
        ("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", "quantile"),
        ('x{quantile="0.99"}', "quantile"),
        ("a * on (x) group_left (y) b", "join"),
        ("count(up == 0)", "count"),
        ("predict_linear(x[1h], 3600) < 0", "prediction"),
        ("absent(x)", "absence"),
    ],
)
def test_idioms_are_told_from_the_shape(query: str, name: str) -> None:
    assert idiom(query) == name


BAD = [
    ("questions: [{id: a, question: q, golds: [up], level: 3}]", r"d\.yaml:2: questions\.0\.level: Extra"),
    ("questions: [{id: a, question: q, golds: ['sum(']}]", r"d\.yaml:2: a: golds\.0 does not parse"),
    ("questions: [{id: a, question: q, tier: paraphrase}]", "golds, or the tier decline"),
    ("questions: [{id: a, question: q, golds: [up]}, {id: a, question: r, golds: [up]}]", "'a' stands twice"),
    ("questions: []", "at least 1 item"),
    ("questions: {", "not valid YAML"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_bad_file_is_told_by_file_line_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(f"dataset: d\n{text}\n")
    with pytest.raises(DatasetError, match=words):
        read_dataset(path)


def test_a_dataset_that_is_not_there_names_ours() -> None:
    with pytest.raises(DatasetError, match="covered, decline"):
        find_dataset("covred")
