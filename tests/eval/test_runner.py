"""Runs: what is remembered, what is gone on with, what counts as a failure, and what the report says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from eval.causes import cause
from eval.comparison import compare_runs
from eval.grading import Grade, Grader
from eval.questions import Question, read_dataset
from eval.records import Record, read_records
from eval.replies import Call, RememberingChat, Replies
from eval.report import write_report
from eval.runner import PATIENCE, Asker, run, stratified
from eval.scores import scores
from eval.world.run import RunningWorld, running_world
from tests.fakes import QueuedModel
from text2promql.answer import Answer
from text2promql.backend import Backend
from text2promql.errors import BackendUnreachable, BadQuestion, DatasetError, ModelReplyError, ModelUnavailable
from text2promql.models.chat import Delta, Request
from text2promql.settings import Settings

FOREIGN = Path(__file__).with_name("foreign")


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    with running_world(FOREIGN / "world.yaml", tmp_path_factory.mktemp("bakery") / "w", hours=2) as running:
        yield running


async def read(model: RememberingChat, request: Request) -> str:
    async with aclosing(model.stream(request)) as deltas:
        return "".join([d.text async for d in deltas])


REQUEST = Request([{"role": "user", "content": "q"}])


def test_a_reply_is_paid_for_once(tmp_path: Path) -> None:
    store = Replies(tmp_path / "r.sqlite")
    first = RememberingChat(QueuedModel("PromQL: up"), "model", store)
    assert asyncio.run(read(first, REQUEST)).strip() == "PromQL: up"
    again = RememberingChat(QueuedModel(), "model", Replies(tmp_path / "r.sqlite"))  # a call would fail
    assert asyncio.run(read(again, REQUEST)).strip() == "PromQL: up"
    (call,) = again.take()
    assert call.remembered and call.prompt == [{"role": "user", "content": "q"}]
    assert call.total_ms == first.take()[0].total_ms and again.take() == []


@pytest.mark.parametrize(
    "other", [Request([{"role": "user", "content": "r"}]), Request(REQUEST.messages, temperature=0.7), None]
)
def test_another_prompt_setting_or_model_is_asked_anew(tmp_path: Path, other: Request | None) -> None:
    store = Replies(tmp_path / "r.sqlite")
    asyncio.run(read(RememberingChat(QueuedModel("one"), "model", store), REQUEST))
    again = RememberingChat(QueuedModel("two"), "model" if other else "another", store)
    assert asyncio.run(read(again, other or REQUEST)).strip() == "two"


def test_a_reply_that_broke_off_is_not_remembered(tmp_path: Path) -> None:
    class Breaking(QueuedModel):
        async def stream(self, request: Request) -> AsyncGenerator[Delta]:
            yield Delta("half")
            raise ModelUnavailable("gone")

    store = Replies(tmp_path / "r.sqlite")
    with pytest.raises(ModelUnavailable):
        asyncio.run(read(RememberingChat(Breaking(), "model", store), REQUEST))
    assert asyncio.run(read(RememberingChat(QueuedModel("whole"), "model", store), REQUEST)).strip() == "whole"


def asker(answers: dict[str, str | None | BaseException], asked: list[str]) -> Asker:
    async def ask(question: str) -> tuple[Answer, list[Call]]:
        asked.append(question)
        found = answers[question]
        if isinstance(found, BaseException):
            raise found
        status = "answered" if found else "declined"
        return Answer(id="x", question=question, status=status, promql=found, confidence=0.9), []

    return ask


QUESTIONS = read_dataset(FOREIGN / "dataset.yaml")
RIGHT: dict[str, str | None | BaseException] = {
    "temperature of each oven": "bakery_oven_temperature_celsius",
    "最近一小时烤了多少个面包": "sum(increase(bakery_loaves_baked_total[1h]))",
    "tell me a joke about bread": None,
}


def collect(
    world: RunningWorld, answers: dict[str, str | None | BaseException], folder: Path, key: str = "k"
) -> tuple[list[Record], list[str]]:
    asked: list[str] = []

    async def go() -> list[Record]:
        backend = Backend(Settings(backend=world.backend))
        try:
            return [r async for r in run(QUESTIONS, asker(answers, asked), Grader(backend, world.end), folder, key)]
        finally:
            await backend.close()

    return asyncio.run(go()), asked


@pytest.mark.prometheus
def test_a_run_that_broke_off_goes_on_where_it_stopped(bakery: RunningWorld, tmp_path: Path) -> None:
    broken = {**RIGHT, "tell me a joke about bread": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        collect(bakery, broken, tmp_path)
    records, asked = collect(bakery, RIGHT, tmp_path)
    assert asked == ["tell me a joke about bread"]
    assert [r.right for r in records] == [True, True, True]
    assert [r.right for r in read_records(tmp_path)] == [True, True, True]
    assert len(collect(bakery, RIGHT, tmp_path, key="other code")[1]) == 3


@pytest.mark.prometheus
def test_a_failure_is_no_wrong_answer_and_is_tried_again(bakery: RunningWorld, tmp_path: Path) -> None:
    failing = {**RIGHT, "temperature of each oven": BackendUnreachable("down")}
    records, _ = collect(bakery, failing, tmp_path)
    assert [bool(r.failure) for r in records] == [True, False, False]
    told = scores(records)
    assert (told["n"], told["failures"], told["match"]) == (1, 1, 1.0)
    assert collect(bakery, RIGHT, tmp_path)[1] == ["temperature of each oven"]


@pytest.mark.prometheus
def test_a_model_that_says_no_query_is_wrong(bakery: RunningWorld, tmp_path: Path) -> None:
    records, _ = collect(bakery, {**RIGHT, "temperature of each oven": ModelReplyError("prose")}, tmp_path)
    assert (records[0].failure, records[0].right, records[0].cause) == ("", False, "no query")


@pytest.mark.prometheus
def test_a_question_that_is_refused_is_declined(bakery: RunningWorld, tmp_path: Path) -> None:
    refused = BadQuestion("not text")
    broken = {**RIGHT, "temperature of each oven": refused, "tell me a joke about bread": refused}
    records, _ = collect(bakery, broken, tmp_path)
    assert [(r.status, r.right, r.failure) for r in records] == [
        ("declined", False, ""), ("answered", True, ""), ("declined", True, "")
    ]  # fmt: skip
    assert scores(records)["decline_recall"] == 1.0 and scores(records)["false_decline"] == 0.5


@pytest.mark.prometheus
def test_many_failures_in_a_row_end_the_run(bakery: RunningWorld, tmp_path: Path) -> None:
    many = [Question(id=f"q{i}", question=str(i), lang="en", tier="other", golds=["up"]) for i in range(PATIENCE + 1)]
    asked: list[str] = []
    down: dict[str, str | None | BaseException] = {q.question: BackendUnreachable("down") for q in many}

    async def go() -> None:
        backend = Backend(Settings(backend=bakery.backend))
        async for _ in run(many, asker(down, asked), Grader(backend, bakery.end), tmp_path, "k"):
            pass

    with pytest.raises(BackendUnreachable):
        asyncio.run(go())
    assert len(asked) == PATIENCE


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("prediction", "golds", "match", "runs"),
    [
        ("bakery_oven_temperature_celsius * 1", ["bakery_oven_temperature_celsius"], True, True),
        ("avg(bakery_oven_temperature_celsius)", ["bakery_oven_temperature_celsius"], False, True),
        ("bakery_oven_temperature_celsius", ["vector(1)", "bakery_oven_temperature_celsius"], True, True),
        ("rate(bakery_loaves_baked_total)", ["up"], False, False),
        (None, ["up"], False, False),
        # Right at one moment, wrong at the others.
        (
            "bakery_oven_temperature_celsius @ end()",
            ["last_over_time(bakery_oven_temperature_celsius[1h])"],
            True,
            True,
        ),
        ("scalar(avg(bakery_oven_temperature_celsius))", ["avg(bakery_oven_temperature_celsius)"], True, True),
    ],
)
def test_grades(bakery: RunningWorld, prediction: str | None, golds: list[str], match: bool, runs: bool) -> None:
    async def go() -> Grade:
        backend = Backend(Settings(backend=bakery.backend))
        try:
            return await Grader(backend, bakery.end).grade(prediction, golds)
        finally:
            await backend.close()

    grade = asyncio.run(go())
    assert (grade.match, grade.runs) == (match, runs)
    assert grade.match or grade.reason


@pytest.mark.prometheus
def test_a_gold_that_does_not_run_is_the_datasets_fault(bakery: RunningWorld) -> None:
    async def go() -> None:
        backend = Backend(Settings(backend=bakery.backend))
        try:
            await Grader(backend, bakery.end).grade("up", ["rate(up)"])
        finally:
            await backend.close()

    with pytest.raises(DatasetError, match="rate"):
        asyncio.run(go())


def record(name: str, right: bool, **more: object) -> Record:
    question = Question(id=name, question=name, lang="en", tier="other", golds=["up"])
    grade = Grade(right, right, True, True, "", "up")
    fields: dict[str, object] = {
        "question": question, "status": "answered", "promql": "up", "grade": grade, "golds_metrics": ["up"],
        "metrics": ["up"], "confidence": 0.8, "cause": "" if right else "filter",
    }  # fmt: skip
    return Record.model_validate({**fields, **more})


def test_scores_by_hand() -> None:
    told = scores(
        [record("a", True), record("b", False), record("c", True), record("d", False, status="declined", promql=None)]
    )
    assert (told["n"], told["match"], told["answered_precision"], told["false_decline"]) == (4, 0.5, 0.6667, 0.25)
    assert told["match_ci"][0] < 0.5 < told["match_ci"][1]
    assert told["causes"] == {"filter": 2}
    assert told["calibration"]["bins"] == [{"n": 3, "confidence": 0.8, "match": 0.6667}]


def test_two_runs_are_compared_question_by_question() -> None:
    before = [record(str(i), i < 5) for i in range(20)]
    after = [record(str(i), i < 12) for i in range(20)]
    found = compare_runs(before, after)
    assert (len(found.better), len(found.worse), found.before, found.after) == (7, 0, 0.25, 0.6)
    assert found.p == pytest.approx(2 * 0.5**7)
    assert compare_runs(before, before).p == 1.0
    with pytest.raises(DatasetError, match="no question in common"):
        compare_runs(before, [record("x", True)])


@pytest.mark.parametrize(
    ("prediction", "why"),
    [
        (None, "no query"),
        ("sum(", "syntax"),
        ('sum by (a) (rate(y_total{b="c"}[5m]))', "wrong metric"),
        ('sum by (a) (rate(x_total{b="d"}[5m]))', "filter"),
        ('sum by (a) (rate(x_total{b="c"}[10m]))', "window"),
        ('sum by (d) (rate(x_total{b="c"}[5m]))', "grouping"),
        ('avg by (a) (rate(x_total{b="c"}[5m]))', "function"),
        ('100 * sum by (a) (rate(x_total{b="c"}[5m]))', "unit or number"),
        ('-sum by (a) (rate(x_total{b="c"}[5m]))', "structure"),
    ],
)
def test_causes(prediction: str | None, why: str) -> None:
    assert cause(prediction, ["up", 'sum by (a) (rate(x_total{b="c"}[5m]))']) == why


def test_questions_are_taken_evenly() -> None:
    questions = [
        Question(id=f"{s}-{lang}-{i}", question="q", lang=lang, tier="other", scenario=s, golds=["up"])
        for s in "abc" for lang in ("en", "zh") for i in range(8)
    ]  # fmt: skip
    taken = stratified(questions, 12, 0)
    assert {(q.scenario, q.lang): 2 for q in taken} == {(s, lang): 2 for s in "abc" for lang in ("en", "zh")}
    assert [q.id for q in taken] == [q.id for q in questions if q in taken]
    assert stratified(questions, 12, 0) == taken != stratified(questions, 12, 1)
    assert stratified(questions, None, 0) == questions


def test_the_report_is_one_page_and_shows_untrusted_text_as_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    question = Question(id="e", question=evil, lang="en", tier="other", golds=["up"])
    call = Call(prompt=[{"role": "user", "content": evil}], reply=evil, first_token_ms=10.0, total_ms=20.0)
    bad = record("e", False, question=question, calls=[call], latency_ms=30.0, first_token_ms=10.0)
    about = {"dataset": evil, "model": "m", "model_id": "i", "commit": "c", "date": "d", "machine": "x"}
    write_report(tmp_path, about, [bad, record("b", True)])
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=.?https?:|@import|url\(http", page) and "<svg" in page
    told = json.loads((tmp_path / "report.json").read_text())
    assert {"dataset", "model", "commit", "date", "n", "match", "exact", "answered_precision", "decline_recall",
            "false_decline", "first_token_ms", "latency_ms", "by"} <= told.keys()  # fmt: skip
    assert told["by"]["tier"] == {"other": {"n": 2, "match": 0.5, "ci": told["by"]["tier"]["other"]["ci"]}}


@pytest.mark.prometheus
@pytest.mark.model
def test_a_dataset_and_a_world_that_are_not_ours(tmp_path: Path, index: Path, small_model: str) -> None:
    command = [
        sys.executable, "-m", "text2promql", "eval", "run", str(FOREIGN / "dataset.yaml"), "--world",
        str(FOREIGN / "world.yaml"), "--model", small_model, "--report", str(tmp_path / "report"),
    ]  # fmt: skip
    environment = {**os.environ, "TEXT2PROMQL_INDEX": str(index), "TEXT2PROMQL_CACHE": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "report" / "report.json").read_text())
    assert (told["n"], told["decline_n"], told["failures"]) == (2, 1, 0)
    assert len(read_records(tmp_path / "report")) == 3
