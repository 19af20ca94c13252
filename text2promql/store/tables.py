"""The store's tables. Times are UTC; texts are kept as they were typed.

A change here goes with a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, LargeBinary, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = [
    "AnswerRow", "AuditRow", "ConversationRow", "ExampleRow", "FeedbackRow", "RevisionRow", "ScenarioRow", "Table",
    "VectorRow",
]  # fmt: skip


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON}


class ConversationRow(Table):
    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str]
    title: Mapped[str]
    created: Mapped[datetime]
    updated: Mapped[datetime]
    shared: Mapped[str | None] = mapped_column(unique=True)
    """The token by which anybody may read it."""

    __table_args__ = (Index("ix_conversations_user_updated", "user", "updated"),)


class AnswerRow(Table):
    """One answer with everything the pipeline saw."""

    __tablename__ = "answers"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    user: Mapped[str] = mapped_column(index=True)
    asked: Mapped[str]
    question: Mapped[str]
    status: Mapped[str]
    promql: Mapped[str | None]
    answer: Mapped[dict[str, Any]]
    """The Answer as JSON."""
    calls: Mapped[list[Any]]
    """The model calls: messages, reply, tokens, milliseconds."""
    created: Mapped[datetime] = mapped_column(index=True)


class FeedbackRow(Table):
    """What the asker thinks of an answer; the last word counts."""

    __tablename__ = "feedback"

    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    user: Mapped[str]
    verdict: Mapped[str]
    category: Mapped[str | None]
    corrected_promql: Mapped[str | None]
    note: Mapped[str | None]
    misled: Mapped[list[Any]]
    """Ids of the examples that led to a wrong answer."""
    created: Mapped[datetime]
    updated: Mapped[datetime]


class ExampleRow(Table):
    """An example that was not in the corpus: learned, waiting for review, or rejected."""

    __tablename__ = "examples"

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(index=True)
    example: Mapped[dict[str, Any]]
    """The Example as JSON."""
    conflicts: Mapped[list[Any]]
    user: Mapped[str | None] = mapped_column(index=True)
    answer_id: Mapped[str | None] = mapped_column(ForeignKey("answers.id", ondelete="SET NULL"), index=True)
    created: Mapped[datetime]


class ScenarioRow(Table):
    """A scenario that the user's own examples brought along."""

    __tablename__ = "scenarios"

    name: Mapped[str] = mapped_column(primary_key=True)
    scenario: Mapped[dict[str, Any]]


class VectorRow(Table):
    """What an embedder made of a text: embedding it again would take time at every start."""

    __tablename__ = "vectors"

    embedder: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the text: it outlives its user, the text must not."""
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """float32, little endian."""


class RevisionRow(Table):
    """One row: grows with every change of what retrieval must know."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class AuditRow(Table):
    """Who changed what, and when."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime] = mapped_column(index=True)
    user: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
