"""A run: every question asked and graded, as a service in this process or one that runs elsewhere would answer it."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from random import Random

from eval.causes import cause
from eval.grading import Grader
from eval.idioms import idiom
from eval.questions import Question
from eval.records import Record, read_records
from eval.replies import Call, RememberingChat
from text2promql import promql
from text2promql.answer import Answer
from text2promql.client import ask_service
from text2promql.errors import BackendError, BadQuestion, DatasetError, ModelError, ModelReplyError, Text2PromqlError
from text2promql.service import Service
from text2promql.settings import Settings

__all__ = ["Asker", "ask_here", "ask_there", "run", "stratified"]

Asker = Callable[[str], Awaitable[tuple[Answer, list[Call]]]]

#: So many failures one after the other end a run: what they need will not come by itself.
PATIENCE = 5


def stratified(questions: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """At most `limit` questions, spread over scenarios, languages and tiers; in the order they were given in."""
    if limit is None or limit >= len(questions):
        return list(questions)
    groups: dict[tuple[str, ...], list[Question]] = defaultdict(list)
    for q in questions:
        groups[q.scenario, q.lang, q.tier].append(q)
    random = Random(seed)
    pools = [random.sample(group, len(group)) for group in groups.values()]
    random.shuffle(pools)
    chosen: set[str] = set()
    while len(chosen) < limit:
        for pool in pools:
            if pool and len(chosen) < limit:
                chosen.add(pool.pop().id)
    return [q for q in questions if q.id in chosen]


def ask_here(service: Service, model: RememberingChat) -> Asker:
    """Ask the pipeline of a service in this process."""

    async def ask(question: str) -> tuple[Answer, list[Call]]:
        model.take()
        answer = await service.pipeline().answer(question)
        return answer, model.take()

    return ask


def ask_there(url: str, settings: Settings) -> Asker:
    """Ask a running service. What its model was sent cannot be seen from outside."""

    async def ask(question: str) -> tuple[Answer, list[Call]]:
        started = time.perf_counter()
        reply, first, answer = "", 0.0, None
        async for name, data in ask_service(url, question, settings):
            if name == "reasoning":
                first = first or (time.perf_counter() - started) * 1000
                reply += str(getattr(data, "text", ""))
            elif isinstance(data, Answer):
                answer = data
        if answer is None:
            raise Text2PromqlError(f"the service {url} ended its answer early; see its log")
        total = (time.perf_counter() - started) * 1000
        return answer, [Call(reply=reply, first_token_ms=first, total_ms=total)] if reply else []

    return ask


async def run(
    questions: Sequence[Question], asker: Asker, grader: Grader, folder: Path, key: str
) -> AsyncIterator[Record]:
    """Records in the order of the questions; each is in `folder` before it is given out.

    A run that was interrupted goes on where it stopped if it has the same `key`. Raises DatasetError for a
    gold that does not run, and the failure itself when PATIENCE questions fail one after the other.
    """
    known = _resume(folder, key)
    failed = 0
    with (folder / "records.jsonl").open("a", encoding="utf-8") as out:
        for question in questions:
            if question.id in known:
                yield known[question.id]
                continue
            try:
                record = await _one(question, asker, grader)
                failed = 0
            except BadQuestion:  # it says what it cannot read, and gives no query
                record = Record(question=question, status="declined", cause="declined" if question.golds else "")
            except ModelReplyError:  # the model's own fault: no query is a wrong answer
                record = Record(question=question, status="no reply", cause="no query")
            except (BackendError, ModelError) as error:
                failed += 1
                if failed >= PATIENCE:
                    raise
                record = Record(question=question, failure=f"{type(error).__name__}: {error}")
            out.write(record.model_dump_json() + "\n")
            out.flush()
            yield record


def _resume(folder: Path, key: str) -> dict[str, Record]:
    """What an interrupted run with the same key left; anything else is begun anew."""
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "run.json"
    try:
        same = json.loads(state.read_text(encoding="utf-8")) == {"key": key}
    except (OSError, ValueError):
        same = False  # no run has been here, or none that can be gone on with
    try:
        known = {r.question.id: r for r in read_records(folder) if not r.failure} if same else {}
    except (DatasetError, ValueError):
        known = {}
    state.write_text(json.dumps({"key": key}), encoding="utf-8")
    kept = "".join(r.model_dump_json() + "\n" for r in known.values())
    (folder / "records.jsonl").write_text(kept, encoding="utf-8")
    return known


async def _one(question: Question, asker: Asker, grader: Grader) -> Record:
    answer, calls = await asker(question.question)
    spent = sum(c.total_ms for c in calls if c.remembered)
    record = Record(
        question=question,
        status=answer.status,
        promql=answer.promql,
        scenario=answer.scenario,
        confidence=answer.confidence,
        findings=answer.findings,
        outcome=answer.dry_run.outcome,
        shown=[e.promql for e in answer.examples],
        calls=calls,
        # A remembered call took no time now: the time it once took is added.
        latency_ms=answer.timings_ms.get("total", 0.0) + spent,
        tokens=[answer.usage.prompt_tokens, answer.usage.cached_tokens, answer.usage.completion_tokens],
    )
    if calls:
        before = answer.timings_ms.get("retrieve", 0.0) + answer.timings_ms.get("prompt", 0.0)
        record.first_token_ms = before + calls[0].first_token_ms
    if not question.golds:
        return record
    record.idiom = idiom(question.golds[0])
    grade = await grader.grade(answer.promql, question.golds)
    record.grade = grade
    record.golds_metrics = promql.metrics(promql.parse(grade.gold))
    if not grade.match:
        record.cause = cause(answer.promql, question.golds, answer.status == "declined")
    if answer.promql and record.cause != "syntax":
        record.metrics = promql.metrics(promql.parse(answer.promql))
    return record
