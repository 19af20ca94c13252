"""One question of one user: rewritten where it follows up, its turn waited for, answered, and kept."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from text2promql.answer import Answer, Finding
from text2promql.errors import StoreError, Text2PromqlError
from text2promql.followup import stand_alone
from text2promql.pipeline import Event, ModelCall, check_question
from text2promql.turns import Turn

if TYPE_CHECKING:
    from text2promql.service import Service

__all__ = ["LOCAL", "Queued", "Rewritten", "ask"]

log = logging.getLogger(__name__)

#: Who asks where nobody is named.
LOCAL = "local"


class Queued(BaseModel):
    """The question waits for the model."""

    position: int = Field(description="How many questions are answered before this one.")


class Rewritten(BaseModel):
    """A follow-up was rewritten so that it stands alone."""

    asked: str = Field(description="The words as typed.")
    question: str = Field(description="The question that is answered.")


async def ask(
    service: Service, asked: str, user: str = LOCAL, conversation_id: str | None = None
) -> AsyncGenerator[Event]:
    """The pipeline's events with `queued` and `rewritten` before them; the answer is kept before it is told.

    Raises BadQuestion, NotFound, StoreError, BackendError, ModelError; a question that failed is kept, too.
    """
    asked = check_question(asked, service.settings.max_question)
    history = service.store.history
    previous = await service.store.apart(history.last_question, user, conversation_id) if conversation_id else None
    conversation_id = conversation_id or uuid.uuid4().hex
    question, calls = asked, list[ModelCall]()
    with service.turns.turn(user) as turn:
        try:
            if previous:
                async with aclosing(_rewriting(service, turn, previous, asked, calls)) as events:
                    async for event in events:
                        yield event
                        if isinstance(event[1], Rewritten):
                            question = event[1].question
            async with aclosing(_answering(service, turn, question, calls)) as events:
                async for name, data in events:
                    if isinstance(data, Answer):
                        data.asked, data.conversation_id = asked, conversation_id
                        await _keep(service, data, user, calls)
                    yield name, data
        except Text2PromqlError as error:
            failed = _failed(service, error, question)
            failed.asked, failed.conversation_id = asked, conversation_id
            if await _keep(service, failed, user, calls):
                error.answer_id, error.conversation_id = failed.id, conversation_id
            raise


async def _rewriting(
    service: Service, turn: Turn, previous: str, asked: str, calls: list[ModelCall]
) -> AsyncGenerator[Event]:
    """Ends in `rewritten` where the question follows up."""
    pipeline = await service.current()
    async with aclosing(stand_alone(pipeline, previous, asked)) as steps:
        async for step in steps:
            if isinstance(step, ModelCall):
                calls.append(step)
                async for position in turn.wait():
                    yield "queued", Queued(position=position)
            elif step != asked and len(step) <= service.settings.max_question:
                yield "rewritten", Rewritten(asked=asked, question=step)


async def _answering(service: Service, turn: Turn, question: str, calls: list[ModelCall]) -> AsyncGenerator[Event]:
    """The pipeline's events; before its first model call the turn is waited for."""
    retrieved: Event | None = None
    pipeline = await service.current()
    async with aclosing(pipeline.ask(question)) as events:
        async for event in events:
            if event[0] == "retrieved":
                retrieved = event  # told when the waiting is over, or not needed
                continue
            if isinstance(event[1], ModelCall):
                calls.append(event[1])
                async for position in turn.wait():
                    yield "queued", Queued(position=position)
                continue
            if retrieved:
                yield retrieved
                retrieved = None
            yield event


def _failed(service: Service, error: Text2PromqlError, question: str) -> Answer:
    finding = Finding(check=f"failed/{type(error).__name__}", severity="error", summary=str(error))
    return Answer(id=uuid.uuid4().hex, question=question, status="failed", model=service.model.name, findings=[finding])


async def _keep(service: Service, answer: Answer, user: str, calls: list[ModelCall]) -> bool:
    """Keep an answer; whether it worked. One that cannot be kept is given all the same, and says so."""
    try:
        await service.store.apart(service.store.history.keep, answer, user, calls)
    except StoreError as error:
        log.error("answer %s is not kept: %s", answer.id, error)
        answer.findings.append(Finding(check="store/kept", severity="warning", summary=f"Not kept: {error}"))
        return False
    return True
