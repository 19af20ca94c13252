"""How a question becomes an answer, as a stream of events. Read it from top to bottom.

retrieve ─▶ near enough? ─▶ drafts, run ─▶ known, or sure? ─▶ prompt ─▶ model ─▶ check, run ─▶ (repair once) ─▶ answer
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pydantic import BaseModel, Field

from text2promql import prompts, promql
from text2promql.adapting import enforce
from text2promql.answer import Answer, DryRun, ExampleRef, Finding, MetricRef, Origin, Usage
from text2promql.answerable import answerable
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.choosing import Tried, alike, others, recalled, sureness, tried
from text2promql.drafting import Drafter
from text2promql.errors import BadQuery, BadQuestion, ModelReplyError
from text2promql.examining import Attempt as _Attempt
from text2promql.examining import examine
from text2promql.linking import values_in
from text2promql.models.chat import ChatModel, Request
from text2promql.prompts import Message
from text2promql.reply import complete, query_in
from text2promql.retrieval import Found, Retriever, language
from text2promql.settings import Settings
from text2promql.slots import read_slots

__all__ = [
    "LIKELY",
    "STOP",
    "SURE",
    "Draft",
    "Event",
    "ModelCall",
    "Pipeline",
    "Reasoning",
    "Retrieved",
    "check_question",
]

#: Examples next to the question; beside a draft, which is made of the nearest, a small model reads one: it takes longer
#: to read than to write.
NEAREST, BESIDE_DRAFT = 3, 1
#: Drafts that are tried in the place of a model's query that does not run.
DRAFTS = 2
#: How sure a draft is that no small model is asked: of 97 such answers 81 were right. Of 53 that were not so sure
#: the model wrote the first draft in 35, another one in 6, of which 5 were right, and none in 12, which were
#: all wrong, while the first draft was right in 8: it stands then. Odds of the first draft if the model agrees; the
#: chance of another one that it wrote; share of the first one's chance that another query of a large model's has.
SURE, AGREES, CHOSEN, DISAGREES = 0.7, 1.7, 0.6, 0.5
#: An answer that is less likely to be right is not shown as answered; so many other readings are shown beside one.
LIKELY, ALTERNATIVES = 0.6, 3
#: A model that goes on with a question of its own has answered.
STOP = ("\nQuestion:", "\nSteps:")


class Retrieved(BaseModel):
    scenario: str
    examples: list[ExampleRef]
    metrics: list[MetricRef]


class Reasoning(BaseModel):
    text: str


class Draft(BaseModel):
    promql: str


class ModelCall(BaseModel):
    """One call of the model: told before it begins, filled in as the reply comes. For the record, not for users."""

    messages: list[Message]
    reply: str = ""
    usage: Usage = Field(default_factory=Usage)
    elapsed_ms: float = 0.0


Event = tuple[str, BaseModel]
"""(name, data): retrieved, model_call, reasoning, draft, finding, repaired, dry_run, answer."""


class Pipeline:
    """Everything a question needs. Built once, used by every surface."""

    def __init__(
        self,
        retriever: Retriever,
        catalog: Catalog,
        backend: Backend,
        model: ChatModel,
        settings: Settings,
    ) -> None:
        self.retriever, self.catalog, self.backend, self.model = retriever, catalog, backend, model
        self.drafter, self.settings = Drafter(retriever, catalog), settings

    async def answer(self, question: str) -> Answer:
        """The answer alone. Raises BadQuestion, BackendError, ModelError."""
        async with aclosing(self.ask(question)) as events:
            async for _, data in events:
                if isinstance(data, Answer):
                    return data
        raise AssertionError("a question ends in an answer")

    async def prompt(self, question: str, steps: bool | None = None, drafted: bool = True) -> list[Message]:
        """The messages exactly as they would be sent; `steps` to have them with reasoning or without, `drafted`
        with the draft made by rule."""
        await self.catalog.refresh()
        found = await self.retriever.find(question, self.catalog)
        drafts = await self.drafts(question, found) if drafted else []
        return (await self._messages(question, found, drafts, self.settings.steps if steps is None else steps))[0]

    async def ask(self, question: str) -> AsyncGenerator[Event]:
        """Raises BadQuestion, BackendError, ModelError."""
        question = check_question(question, self.settings.max_question)
        clock = _Clock()
        await self.catalog.refresh()
        found = await self.retriever.find(question, self.catalog)
        answer = self._start(question, found)
        yield (
            "retrieved",
            Retrieved(scenario=found.scenario.name, examples=answer.examples, metrics=answer.metrics),
        )
        clock.lap("retrieve")
        if not answerable(question, found):
            yield "answer", self._decline(answer, found, clock)
            return

        drafts = await self.drafts(question, found)
        clock.lap("draft")
        known, answer.origin = self._known(drafts, found)
        if known:
            yield "draft", Draft(promql=known.draft.promql)
            yield "dry_run", known.attempt.run
            yield "answer", self._finish(answer, known.attempt, found, drafts, clock)
            return
        messages, fixed = await self._messages(question, found, drafts, self.settings.steps)
        clock.lap("prompt")
        best = _Attempt()
        for attempt_number in range(2):
            reply = ""
            call = ModelCall(messages=messages)
            yield "model_call", call  # whoever reads this may wait until the model is free
            clock.lap("queue")
            async with aclosing(self._generate(call, fixed, answer.usage, clock)) as texts:
                async for text in texts:
                    reply += text
                    yield "reasoning", Reasoning(text=text)
                    if complete(reply):
                        break
            clock.lap("model")
            attempt = await self._examine(query_in(reply))
            clock.lap("check")
            yield ("repaired" if attempt_number else "draft"), Draft(promql=attempt.text)
            for finding in attempt.findings:
                yield "finding", finding
            mended = await self._mend(question, attempt, drafts)
            clock.lap("check")
            if mended is not attempt:
                yield "repaired", Draft(promql=mended.text)
            best = max(best, mended, key=lambda a: a.rank)
            if best.good:
                break
            messages = [*messages, {"role": "assistant", "content": reply.strip()},
                        prompts.repair_message(question, _complaints(attempt), self.settings.steps)]  # fmt: skip
        if self._alone(drafts, best):
            best = drafts[0].attempt
            yield "repaired", Draft(promql=best.text)
        yield "dry_run", best.run
        yield "answer", self._finish(answer, best, found, drafts, clock)

    def _alone(self, drafts: list[Tried], best: _Attempt) -> bool:
        """Whether no draft returns what an embedded model's query does: then the first draft stands."""
        good = [t.attempt.run for t in drafts if t.attempt.good]
        return self.settings.embedded and bool(drafts) and drafts[0].attempt.good and not _among(best, good)

    def _known(self, drafts: list[Tried], found: Found) -> tuple[Tried | None, Origin]:
        """The draft that needs no model: of a question asked before; or one so sure that a small model would be
        overruled. An endpoint is asked all the same."""
        if self.settings.memory:
            if known := recalled(drafts):
                return known, "memory"
            first = drafts[0].attempt if drafts else None
            fine = first is not None and first.good and first.run.series and not first.findings
            if fine and self.settings.embedded and sureness(drafts, found) >= SURE:
                return drafts[0], "rules"
        return None, "model"

    async def _messages(
        self, question: str, found: Found, drafts: list[Tried], steps: bool
    ) -> tuple[list[Message], int]:
        """The messages, and how many of them are the scenario's fixed block."""
        lang = language(question)
        few = bool(drafts) and self.settings.embedded
        nearest = [e for e, _ in found.nearest(BESIDE_DRAFT if few else NEAREST)]
        metrics: list[MetricRef] = []
        if not found.usable:
            metrics = [self.catalog.describe(m) for m in await self.retriever.metrics(question, self.catalog)]
        wanted = list(dict.fromkeys(m for e in nearest for m in e.metrics if m in self.catalog))[:6]
        values: dict[str, list[str]] = {}
        for metric in wanted:
            for named in values_in(question, await self.catalog.labels(metric), self.retriever.ordinary):
                kept = values.setdefault(named.label, [])
                kept += [v for v in named.values if v not in kept]
        block = self.retriever.block(found.scenario.name, self.catalog)
        # The nearest example comes last, right before the question.
        changing = prompts.question_messages(
            question, lang, nearest[::-1], metrics, values, [t.draft.promql for t in drafts[:1]], steps
        )
        fixed = prompts.scenario_messages(found.scenario, block, steps)
        return [*fixed, *changing], len(fixed)

    async def drafts(self, question: str, found: Found) -> list[Tried]:
        """Queries made by rule, and what came of examining them; the best first. Raises BackendError."""
        return await tried(await self.drafter.drafts(question, found), question, self._examine)

    async def _generate(self, call: ModelCall, fixed: int, total: Usage, clock: _Clock) -> AsyncGenerator[str]:
        total.model_calls += 1
        try:
            async with aclosing(self.generate(call, fixed, stop=STOP)) as texts:
                async for text in texts:
                    clock.mark("first_token")
                    yield text
        finally:
            total.prompt_tokens += call.usage.prompt_tokens
            total.cached_tokens += call.usage.cached_tokens
            total.completion_tokens += call.usage.completion_tokens

    async def generate(
        self, call: ModelCall, fixed: int = 0, max_tokens: int = 400, stop: tuple[str, ...] = ()
    ) -> AsyncGenerator[str]:
        """The reply to a call, piece by piece; the call keeps what it costs. Raises ModelError."""
        begun = time.perf_counter()
        call.usage.model_calls = 1
        async with aclosing(self.model.stream(Request(call.messages, fixed, max_tokens, stop))) as deltas:
            async for delta in deltas:
                call.elapsed_ms = (time.perf_counter() - begun) * 1000
                if delta.usage:
                    call.usage.prompt_tokens += delta.usage.prompt_tokens
                    call.usage.cached_tokens += delta.usage.cached_tokens
                    call.usage.completion_tokens += delta.usage.completion_tokens
                if delta.text:
                    call.reply += delta.text
                    yield delta.text

    async def _mend(self, question: str, attempt: _Attempt, drafts: list[Tried]) -> _Attempt:
        """The attempt with the question's slots enforced; a draft where the attempt is no good and the draft is."""
        if attempt.query and not attempt.errors:
            facts = await self.drafter.facts(promql.metrics(attempt.query.expr))
            try:
                made = enforce(attempt.text, question, read_slots(question), facts, self.retriever.ordinary)
            except (BadQuery, TypeError):
                return attempt  # a form that cannot be edited
            if made.changes and made.promql != promql.to_text(attempt.query.expr):
                enforced = await self._examine(made.promql)
                if enforced.rank >= attempt.rank:
                    return enforced
        if attempt.good:
            return attempt
        return next((t.attempt for t in drafts[:DRAFTS] if t.attempt.good), attempt)

    async def _examine(self, text: str) -> _Attempt:
        return await examine(text, self.catalog, self.backend, self.settings.max_samples)

    def _start(self, question: str, found: Found) -> Answer:
        lang = language(question)
        near = found.nearest(NEAREST)
        refs = [ExampleRef(id=e.id, question=e.question(lang), promql=e.promql, score=round(s, 3)) for e, s in near]
        names = dict.fromkeys(m for e, _ in near for m in e.metrics if m in self.catalog)
        return Answer(
            id=uuid.uuid4().hex,
            question=question,
            status="declined",
            model=self.model.name,
            scenario=found.scenario.name,
            examples=refs,
            metrics=[self.catalog.describe(m) for m in names],
        )

    def _decline(self, answer: Answer, found: Found, clock: _Clock) -> Answer:
        lang = language(answer.question)
        answer.suggestions = [e.question(lang) for e, _ in found.examples[:NEAREST]]
        told = (
            "后端的指标中没有能回答这个问题的内容"
            if lang == "zh"
            else "Nothing among the backend's metrics answers this question"
        )
        detail = (
            "最接近的可回答问题见 suggestions"
            if lang == "zh"
            else "The nearest questions that can be answered are the suggestions"
        )
        answer.findings = [Finding(check="question/answerable", severity="info", summary=told, detail=detail)]
        answer.scenario = None
        answer.timings_ms = clock.total()
        return answer

    def _finish(self, answer: Answer, best: _Attempt, found: Found, drafts: list[Tried], clock: _Clock) -> Answer:
        if not best.text:
            raise ModelReplyError(
                f"the model {self.model.name} replied without a query; try again or choose another model"
            )
        answer.promql, answer.findings, answer.dry_run = best.text, best.findings, best.run
        lang = language(answer.question)
        if best.query:
            answer.explanation = promql.explain(best.query.expr, "zh" if lang == "zh" else "en")
            answer.metrics = [self.catalog.describe(m) for m in promql.metrics(best.query.expr)]
        empty_selectors = any(f.check == "selector/empty" for f in best.findings)
        answer.status = "answered" if best.good and not empty_selectors else "unverified"
        answer.confidence = round(_confidence(answer, best, found, drafts), 2)
        answer.alternatives = others(drafts, best.run)[:ALTERNATIVES]
        doubtful = self.settings.embedded and answer.origin == "model" and answer.confidence < LIKELY
        if answer.status == "answered" and doubtful:
            answer.status = "unverified"
            answer.findings = [*answer.findings, _doubt(answer)]
        answer.timings_ms = clock.total()
        return answer


def check_question(question: str, longest: int) -> str:
    """The question without surrounding space. Raises BadQuestion."""
    text = question.strip()
    if not text:
        raise BadQuestion("the question is empty; ask for example: CPU usage of every node in percent")
    if len(text) > longest:
        raise BadQuestion(f"the question has {len(text):,} characters, at most {longest:,} are read; shorten it")
    if any(ord(c) < 32 and c not in "\t\n\r" for c in text) or not any(c.isalpha() for c in text):
        raise BadQuestion("the question is not text; ask in words, in English or Chinese")
    return text


def _complaints(attempt: _Attempt) -> list[Finding]:
    return attempt.errors or [Finding(check="promql/syntax", severity="error", summary="The reply held no query")]


def _doubt(answer: Answer) -> Finding:
    """What stands against a query that runs but is more likely wrong than right."""
    chance, end = f"{100 * answer.confidence:.0f} %", len(answer.promql or "")
    if language(answer.question) == "zh":
        told = f"这个查询可以运行，但不一定是所问的（把握 {chance}）"
        detail = "请对照解释，或看其他写法；纠正一次，下次就会记住"
    else:
        told = f"The query runs, but may not be what was asked (chance {chance})"
        detail = "Read what it does, or take another reading; a correction is remembered"
    return Finding(check="question/uncertain", severity="error", summary=told, detail=detail, end=end)


def _confidence(answer: Answer, best: _Attempt, found: Found, drafts: list[Tried]) -> float:
    """The chance that the answer is right, by the first draft's and by whether the model wrote the same."""
    if answer.status != "answered":
        return 0.1
    if not drafts:
        return DISAGREES
    sure, first = sureness(drafts, found), drafts[0].attempt
    if answer.origin != "model" or best is first:
        return sure
    if alike(best.run, first.run):
        return AGREES * sure / (1 - sure + AGREES * sure)
    return CHOSEN if _among(best, [t.attempt.run for t in drafts if t.attempt.good]) else DISAGREES * sure


def _among(best: _Attempt, runs: list[DryRun]) -> bool:
    return best.good and any(alike(best.run, run) for run in runs)


class _Clock:
    """Milliseconds by stage; stages of the same name add up."""

    def __init__(self) -> None:
        self._begun = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = self._laps.get(name, 0.0) + (now - self._last) * 1000
        self._last = now

    def mark(self, name: str) -> None:
        self._laps.setdefault(name, (time.perf_counter() - self._begun) * 1000)

    def total(self) -> dict[str, float]:
        self._laps["total"] = (time.perf_counter() - self._begun) * 1000
        return {k: round(v, 1) for k, v in self._laps.items()}
