"""Conversations and their answers, one user's at a time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from text2promql.answer import Answer
from text2promql.errors import NotFound
from text2promql.store.database import Database
from text2promql.store.tables import AnswerRow, AuditRow, ConversationRow, ExampleRow, FeedbackRow, RevisionRow

__all__ = [
    "Conversation",
    "ConversationSummary",
    "History",
    "StoredAnswer",
    "UserData",
    "Verdict",
    "audit",
    "bump",
    "no_answer",
]

Verdict = Literal["right", "wrong"]
#: Longest title, in characters; a longer first question is cut.
TITLE = 200
#: Text without NUL, which PostgreSQL does not store.
TEXT = r"^[^\x00]*$"


class ConversationSummary(BaseModel):
    """One line of the history."""

    id: str = Field(description="Identifier of the conversation.")
    title: str = Field(description="Its title: the first question, unless it was renamed.")
    created: datetime = Field(description="When it was begun, UTC.")
    updated: datetime = Field(description="When the last answer was given, UTC.")
    answers: int = Field(description="Number of answers in it.")


class StoredAnswer(BaseModel):
    """An answer as it was given, and what its asker thought of it."""

    answer: Answer = Field(description="The answer as it was given.")
    created: datetime = Field(description="When it was given, UTC.")
    verdict: Verdict | None = Field(None, description="What the asker said of it; null if nothing.")
    corrected_promql: str | None = Field(None, description="The query that the asker gave instead.")
    note: str | None = Field(None, description="What the asker noted. Untrusted text: never render it as markup.")


class Conversation(BaseModel):
    """A conversation with all its answers, the oldest first."""

    id: str = Field(description="Identifier of the conversation.")
    title: str = Field(description="Its title. Untrusted text: never render it as markup.")
    created: datetime = Field(description="When it was begun, UTC.")
    updated: datetime = Field(description="When the last answer was given, UTC.")
    shared: str | None = Field(description="The token by which anybody may read it; null where it is not shared.")
    answers: list[StoredAnswer] = Field(description="Its answers, the oldest first.")


class UserData(BaseModel):
    """Everything stored of one user."""

    user: str = Field(description="The user.")
    conversations: list[dict[str, Any]] = Field(
        description="Conversations with answers, feedback and the model calls behind them."
    )
    examples: list[dict[str, Any]] = Field(description="Examples that came from this user.")
    audit: list[dict[str, Any]] = Field(description="What this user changed.")


class History:
    """What was asked and answered. Every method raises StoreError, and NotFound for what is not this user's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, answer: Answer, user: str, calls: Sequence[BaseModel]) -> None:
        """Keep an answer with the model calls behind it; a conversation that is not there is begun."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            held = session.get(ConversationRow, answer.conversation_id, with_for_update=True)
            if held is None:
                title = (answer.asked or answer.question)[:TITLE]
                session.add(
                    ConversationRow(id=answer.conversation_id, user=user, title=title, created=now, updated=now)
                )
                session.flush()
            elif held.user != user:
                raise _no_conversation(answer.conversation_id)
            else:
                held.updated = now
            session.add(
                AnswerRow(
                    id=answer.id,
                    conversation_id=answer.conversation_id,
                    user=user,
                    asked=answer.asked,
                    question=answer.question,
                    status=answer.status,
                    promql=answer.promql and answer.promql.replace("\0", ""),  # to search in; the answer has it whole
                    answer=answer.model_dump(mode="json"),
                    calls=[c.model_dump(mode="json") for c in calls],
                    created=now,
                )
            )

    def conversations(
        self, user: str, search: str = "", limit: int = 50, before: datetime | None = None
    ) -> list[ConversationSummary]:
        """The user's conversations, newest first; `search` looks in titles, questions and queries."""
        count = select(func.count()).where(AnswerRow.conversation_id == ConversationRow.id).scalar_subquery().label("n")
        wanted = select(ConversationRow, count).where(ConversationRow.user == user)
        if search:
            texts = (AnswerRow.asked, AnswerRow.question, AnswerRow.promql)
            answers = select(AnswerRow.conversation_id).where(or_(*(_holds(t, search) for t in texts)))
            wanted = wanted.where(or_(_holds(ConversationRow.title, search), ConversationRow.id.in_(answers)))
        if before:
            wanted = wanted.where(ConversationRow.updated < before)
        wanted = wanted.order_by(ConversationRow.updated.desc(), ConversationRow.id).limit(limit)
        with self._database.reading() as session:
            return [
                ConversationSummary(id=c.id, title=c.title, created=c.created, updated=c.updated, answers=n)
                for c, n in session.execute(wanted)
            ]

    def conversation(self, user: str, name: str) -> Conversation:
        with self._database.reading() as session:
            return _whole(session, _own(session, user, name))

    def shared(self, token: str) -> Conversation:
        """The conversation that was shared under a token, for anybody."""
        with self._database.reading() as session:
            found = session.scalar(select(ConversationRow).where(ConversationRow.shared == token))
            if found is None:
                raise NotFound("this link leads nowhere; the conversation is no longer shared")
            return _whole(session, found)

    def last_question(self, user: str, name: str) -> str | None:
        """The last question that was answered in a conversation, as it stands alone."""
        with self._database.reading() as session:
            _own(session, user, name)
            own = select(AnswerRow.question).where(AnswerRow.conversation_id == name)
            asked = own.where(AnswerRow.status.in_(("answered", "unverified")))
            return session.scalar(asked.order_by(AnswerRow.created.desc()).limit(1))

    def answer(self, user: str, name: str) -> Answer:
        with self._database.reading() as session:
            found = session.get(AnswerRow, name)
            if found is None or found.user != user:
                raise no_answer(name)
            return Answer.model_validate(found.answer)

    def rename(self, user: str, name: str, title: str) -> ConversationSummary:
        with self._database.writing() as session:
            held = _own(session, user, name)
            held.title = title
            n = session.scalar(select(func.count()).where(AnswerRow.conversation_id == name)) or 0
            return ConversationSummary(id=name, title=title, created=held.created, updated=held.updated, answers=n)

    def delete(self, user: str, name: str) -> None:
        with self._database.writing() as session:
            session.delete(_own(session, user, name))
            bump(session)
            audit(session, user, "conversation deleted", name)

    def share(self, user: str, name: str) -> str:
        """The token under which the conversation is shared, the same one each time."""
        with self._database.writing() as session:
            held = _own(session, user, name)
            if held.shared is None:
                held.shared = secrets.token_urlsafe(16)
                audit(session, user, "conversation shared", name)
            return held.shared

    def unshare(self, user: str, name: str) -> None:
        with self._database.writing() as session:
            _own(session, user, name).shared = None
            audit(session, user, "conversation no longer shared", name)

    def export(self, user: str) -> UserData:
        """Everything stored of one user."""
        with self._database.reading() as session:
            feedback = {f.answer_id: f for f in session.scalars(select(FeedbackRow).where(FeedbackRow.user == user))}
            conversations = []
            rows = select(ConversationRow).where(ConversationRow.user == user).order_by(ConversationRow.created)
            for c in session.scalars(rows).all():
                answers = []
                for a in session.scalars(_answers_of(c.id)):
                    given = feedback.get(a.id)
                    answers.append({**_plain(a), "feedback": _plain(given) if given else None})
                conversations.append({**_plain(c), "answers": answers})
            own = select(ExampleRow).where(ExampleRow.user == user).order_by(ExampleRow.created)
            changes = select(AuditRow).where(AuditRow.user == user).order_by(AuditRow.id)
            return UserData(
                user=user,
                conversations=conversations,
                examples=[_plain(e) for e in session.scalars(own)],
                audit=[_plain(a) for a in session.scalars(changes)],
            )

    def forget(self, user: str) -> None:
        """Delete everything stored of one user. What others learned from it stays, without the user's name."""
        with self._database.writing() as session:
            session.execute(delete(ConversationRow).where(ConversationRow.user == user))
            waiting = ExampleRow.state != "learned"
            session.execute(delete(ExampleRow).where(ExampleRow.user == user, waiting))
            session.execute(update(ExampleRow).where(ExampleRow.user == user).values(user=None))
            session.execute(delete(AuditRow).where(AuditRow.user == user))
            bump(session)
            audit(session, None, "user forgotten", "")

    def purge(self, before: datetime) -> int:
        """Delete answers, conversations without any left, and audit entries that are older. Returns the answers."""
        with self._database.writing() as session:
            old = session.scalars(delete(AnswerRow).where(AnswerRow.created < before).returning(AnswerRow.id)).all()
            kept = select(AnswerRow.conversation_id)
            stale = ConversationRow.updated < before, ConversationRow.id.not_in(kept)
            session.execute(delete(ConversationRow).where(*stale))
            session.execute(delete(AuditRow).where(AuditRow.created < before))
            if old:
                bump(session)
                audit(session, None, "old answers deleted", "", answers=len(old), before=before.isoformat())
            return len(old)


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    return column.icontains(text, autoescape=True)  # type: ignore[no-any-return]


def _own(session: Session, user: str, name: str) -> ConversationRow:
    found = session.get(ConversationRow, name)
    if found is None or found.user != user:
        raise _no_conversation(name)
    return found


def _no_conversation(name: str) -> NotFound:
    return NotFound(f"you have no conversation {name}; it was deleted, or belongs to somebody else")


def no_answer(name: str) -> NotFound:
    return NotFound(f"you have no answer {name}; it was deleted, or belongs to somebody else")


def _answers_of(conversation: str) -> Any:
    return select(AnswerRow).where(AnswerRow.conversation_id == conversation).order_by(AnswerRow.created)


def _whole(session: Session, held: ConversationRow) -> Conversation:
    rows = select(AnswerRow, FeedbackRow).outerjoin(FeedbackRow, FeedbackRow.answer_id == AnswerRow.id)
    rows = rows.where(AnswerRow.conversation_id == held.id).order_by(AnswerRow.created)
    answers = [
        StoredAnswer.model_validate(
            {
                "answer": a.answer,
                "created": a.created,
                "verdict": f.verdict if f else None,
                "corrected_promql": f.corrected_promql if f else None,
                "note": f.note if f else None,
            }
        )
        for a, f in session.execute(rows)
    ]
    return Conversation(
        id=held.id, title=held.title, created=held.created, updated=held.updated, shared=held.shared, answers=answers
    )


def _plain(row: Any) -> dict[str, Any]:
    """A row as JSON."""
    values = {c.key: getattr(row, c.key) for c in row.__table__.columns}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def bump(session: Session) -> None:
    """Tell every process that what retrieval must know has changed."""
    session.execute(update(RevisionRow).values(value=RevisionRow.value + 1))


def audit(session: Session, user: str | None, action: str, subject: str, **detail: Any) -> None:
    now = datetime.now(UTC)
    session.add(AuditRow(created=now, user=user, action=action, subject=subject, detail=detail))
