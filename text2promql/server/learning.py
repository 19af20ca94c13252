"""Routes of the learning loop: feedback, and the examples that are known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from text2promql import learning
from text2promql.asking import LOCAL
from text2promql.errors import Refused
from text2promql.examples import Example
from text2promql.learning import Judged
from text2promql.pipeline import check_question
from text2promql.server.history import NOT_FOUND, STORE, User
from text2promql.service import Service
from text2promql.store.history import TEXT
from text2promql.store.knowledge import Conflict, Feedback, OwnExample, State

__all__ = ["learning_routes"]


class KnownExample(BaseModel):
    """An example, from the corpus or of one's own."""

    id: str = Field(description="Identifier of the example.")
    questions: dict[str, list[str]] = Field(description="Language (en, zh) to ways of asking.")
    promql: str = Field(description="Its query.")
    scenario: str = Field(description="The scenario that it belongs to.")
    state: Literal["corpus", "learned", "pending", "rejected"] = Field(
        description="corpus and learned are in use; pending waits for review."
    )
    origin: str = Field(description="corpus, feedback (learned from an answer) or added.")
    created: datetime | None = Field(description="When it came, UTC; null for the corpus.")
    conflicts: list[Conflict] = Field(description="Examples with a very near question and another query, when it came.")


class KnownExamples(BaseModel):
    """A page of examples."""

    total: int = Field(description="Number of examples that match.")
    examples: list[KnownExample] = Field(description="Own ones first, the newest first.")


class NewExample(BaseModel):
    """A question and the query that answers it."""

    question: str = Field(description="The question, in English or Chinese.")
    promql: str = Field(max_length=20_000, pattern=TEXT, description="The query that answers it.")
    scenario: str | None = Field(
        None, pattern=r"^[a-z0-9][a-z0-9-]{0,99}$", description="Its scenario; default the one that uses its metrics."
    )


def learning_routes(service: Service) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", responses=STORE, tags=["learning"])
    apart, knowledge = service.store.apart, service.store.knowledge
    conflict = {**NOT_FOUND, 409: NOT_FOUND[404]}

    @routes.post("/feedback", responses=NOT_FOUND, summary="Judge an answer; a confirmed query becomes an example")
    async def feedback(body: Feedback, user: User = LOCAL) -> Judged:
        judged = await learning.judge(service, body, user)
        await apart(service.memory.refresh)
        return judged

    @routes.get("/examples", summary="Examples: learned, waiting for review, rejected, or from the corpus")
    async def examples(
        state: Annotated[
            Literal["learned", "pending", "rejected", "corpus"] | None, Query(description="Only these; default all.")
        ] = None,
        search: Annotated[str, Query(description="Part of an id, question or query.")] = "",
        limit: Annotated[int, Query(ge=0, le=1000, description="Most examples to return.")] = 100,
        offset: Annotated[int, Query(ge=0, description="Examples to leave out at the beginning.")] = 0,
    ) -> KnownExamples:
        own = [] if state == "corpus" else await apart(knowledge.examples, state)
        found = [_known(o) for o in reversed(own)]
        if state in (None, "corpus"):
            found += [_corpus(e) for e in service.retriever.index.examples.values() if e.origin == "corpus"]
        found = [e for e in found if _holds(e, search.lower())]
        return KnownExamples(total=len(found), examples=found[offset : offset + limit])

    @routes.post("/examples", status_code=201, responses=conflict, summary="Add an example; it passes the same gates")
    async def add(body: NewExample, user: User = LOCAL) -> KnownExample:
        question = check_question(body.question, service.settings.max_question)
        kept = await learning.add_example(service, question, body.promql, body.scenario, user)
        await apart(service.memory.refresh)
        return _known(kept)

    async def decide(name: str, state: State, user: str) -> KnownExample:
        _not_corpus(service, name)
        kept = await apart(knowledge.decide, name, state, user)
        await apart(service.memory.refresh)
        return _known(kept)

    @routes.post("/examples/{name}/approve", responses=conflict, summary="Use an example that waits for review")
    async def approve(name: str, user: User = LOCAL) -> KnownExample:
        return await decide(name, "learned", user)

    @routes.post("/examples/{name}/reject", responses=conflict, summary="Do not use an example, now or later")
    async def reject(name: str, user: User = LOCAL) -> KnownExample:
        return await decide(name, "rejected", user)

    @routes.delete("/examples/{name}", status_code=204, responses=conflict, summary="Delete an example of one's own")
    async def remove(name: str, user: User = LOCAL) -> None:
        _not_corpus(service, name)
        await apart(knowledge.remove, name, user)
        await apart(service.memory.refresh)

    return routes


def _not_corpus(service: Service, name: str) -> None:
    known = service.retriever.index.examples.get(name)
    if known and known.origin == "corpus":
        raise Refused(f"{name} is an example of the corpus: edit its file and run `text2promql build`")


def _known(own: OwnExample) -> KnownExample:
    return _shown(own.example, own.state, own.created, own.conflicts)


def _corpus(example: Example) -> KnownExample:
    return _shown(example, "corpus", None, [])


def _shown(
    example: Example,
    state: Literal["corpus", "learned", "pending", "rejected"],
    created: datetime | None,
    conflicts: Iterable[Conflict],
) -> KnownExample:
    return KnownExample(
        id=example.id,
        questions=example.questions,
        promql=example.promql,
        scenario=example.scenario,
        state=state,
        origin=example.origin,
        created=created,
        conflicts=list(conflicts),
    )


def _holds(example: KnownExample, search: str) -> bool:
    texts = [example.id, example.promql, *(way for ways in example.questions.values() for way in ways)]
    return not search or any(search in text.lower() for text in texts)
