"""What was learned: feedback, the examples that came of it, and the examples that somebody added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from sqlalchemy import delete, select, true
from sqlalchemy.orm import Session

from text2promql.errors import NotFound
from text2promql.examples import Example, Scenario
from text2promql.store.database import Database
from text2promql.store.history import TEXT, Verdict, audit, bump, no_answer
from text2promql.store.tables import AnswerRow, ExampleRow, FeedbackRow, RevisionRow, ScenarioRow, VectorRow

__all__ = ["Candidate", "Category", "Conflict", "Feedback", "Knowledge", "OwnExample", "State", "Taught", "Wrong"]

Category = Literal["metric", "filter", "window", "grouping", "function", "unit", "other"]
State = Literal["learned", "pending", "rejected"]
#: What others learned in that time before may not have been seen when a candidate passed the gates.
UNSEEN = timedelta(minutes=5)
#: Names in one query; databases take some ten thousand.
AT_ONCE = 5000


class Feedback(BaseModel):
    """What the asker thinks of an answer."""

    answer_id: str = Field(description="The answer that is judged.")
    verdict: Verdict = Field(description="right or wrong.")
    category: Category | None = Field(None, description="What is wrong with it.")
    corrected_promql: str | None = Field(None, max_length=20_000, pattern=TEXT, description="The query that is right.")
    note: str | None = Field(None, max_length=5_000, pattern=TEXT, description="Anything else.")


class Conflict(BaseModel):
    """A known example whose question is very near, but whose query is another."""

    id: str = Field(description="Identifier of the known example.")
    question: str = Field(description="Its question.")
    promql: str = Field(description="Its query.")


class OwnExample(BaseModel):
    """An example that is not from the corpus."""

    example: Example
    state: State
    conflicts: list[Conflict]
    user: str | None
    created: datetime


@dataclass(frozen=True)
class Candidate:
    """An example that has passed the gates, and the state that the policy gives it."""

    example: Example
    state: State
    conflicts: Sequence[Conflict] = ()
    scenario: Scenario | None = None
    """The example's scenario where the corpus does not have it."""
    replaces: Sequence[str] = ()
    """Ids of own examples whose place it takes."""


@dataclass(frozen=True)
class Wrong:
    """A question whose answer was wrong, and the ids of the examples that led to it."""

    question: str
    misled: frozenset[str]


@dataclass(frozen=True)
class Taught:
    """All that retrieval must know beside the corpus, at one revision."""

    revision: int
    examples: list[Example]
    scenarios: list[Scenario]
    wrong: list[Wrong]


class Knowledge:
    """Feedback and own examples. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[tuple[str, datetime], Example] = {}

    def revision(self) -> int:
        """A number that grows with every change of what `taught` returns, whichever process makes it."""
        with self._database.reading() as session:
            return _revision(session)

    def taught(self) -> Taught:
        with self._database.reading() as session:
            learned = select(ExampleRow.id, ExampleRow.created).where(ExampleRow.state == "learned").order_by(*_ARRIVAL)
            keys = [(name, created) for name, created in session.execute(learned)]
            misled = select(AnswerRow.question, FeedbackRow.misled).join(
                FeedbackRow, FeedbackRow.answer_id == AnswerRow.id
            )
            return Taught(
                _revision(session),
                self._examples(session, keys),
                [Scenario.model_validate(row.scenario) for row in session.scalars(select(ScenarioRow))],
                [Wrong(question, frozenset(ids)) for question, ids in session.execute(misled) if ids],
            )

    def _examples(self, session: Session, keys: list[tuple[str, datetime]]) -> list[Example]:
        """Examples by id and time of arrival, which they never change after: only those not read before are read."""
        known = self._read
        missing = [name for name, created in keys if (name, created) not in known]
        read: dict[tuple[str, datetime], Example] = {}
        for i in range(0, len(missing), AT_ONCE):
            wanted = select(ExampleRow).where(ExampleRow.id.in_(missing[i : i + AT_ONCE]))
            for row in session.scalars(wanted):
                read[row.id, row.created] = Example.model_validate(row.example)
        self._read = {key: known.get(key) or read[key] for key in keys}
        return list(self._read.values())

    def judge(
        self, feedback: Feedback, user: str, misled: Sequence[str], candidate: Candidate | None
    ) -> OwnExample | None:
        """Keep what a user said of an answer, and the example that comes of it; the last word counts.

        What was learned from an earlier word on the same answer is withdrawn. Returns the example as it is kept,
        which may have been there before. Raises NotFound.
        """
        with self._database.writing() as session:
            bump(session)  # first: on PostgreSQL its row is the lock that lets one learn at a time
            answered = session.get(AnswerRow, feedback.answer_id, with_for_update=True)
            if answered is None or answered.user != user:
                raise no_answer(feedback.answer_id)
            now = datetime.now(UTC)
            row = session.get(FeedbackRow, feedback.answer_id)
            if row is None:
                row = FeedbackRow(answer_id=feedback.answer_id, user=user, created=now)
                session.add(row)
            row.verdict, row.category, row.note = feedback.verdict, feedback.category, feedback.note
            row.corrected_promql, row.misled, row.updated = feedback.corrected_promql, list(misled), now
            audit(session, user, f"answer judged {feedback.verdict}", feedback.answer_id)
            earlier = select(ExampleRow).where(
                ExampleRow.answer_id == feedback.answer_id,
                ExampleRow.state != "rejected",
                ExampleRow.id != candidate.example.id if candidate else true(),
            )
            for old in session.scalars(earlier).all():
                audit(session, user, "example withdrawn", old.id)
                session.delete(old)
            return self._add(session, candidate, user, feedback.answer_id) if candidate else None

    def add(self, candidates: Sequence[Candidate], user: str) -> list[OwnExample]:
        """Keep examples that somebody added, all or none; those that are there already stay as they are."""
        with self._database.writing() as session:
            bump(session)
            return [self._add(session, candidate, user, None) for candidate in candidates]

    def _add(self, session: Session, given: Candidate, user: str, answer_id: str | None) -> OwnExample:
        for name in given.replaces:
            if (old := session.get(ExampleRow, name)) is not None:
                audit(session, user, "example replaced", name, by=given.example.id)
                session.delete(old)
        row = session.get(ExampleRow, given.example.id)
        if row is None:
            against = _against(session, given)
            row = ExampleRow(
                id=given.example.id,
                state="pending" if against else given.state,
                example=given.example.model_dump(mode="json"),
                conflicts=[c.model_dump() for c in [*given.conflicts, *against]],
                user=user,
                answer_id=answer_id,
                created=datetime.now(UTC),
            )
            session.add(row)
            audit(session, user, f"example {row.state}", row.id)
            if given.scenario and session.get(ScenarioRow, given.scenario.name) is None:
                session.add(ScenarioRow(name=given.scenario.name, scenario=given.scenario.model_dump()))
                session.flush()
        return _own(row)

    def examples(self, state: State | None = None) -> list[OwnExample]:
        """Own examples in order of arrival."""
        wanted = select(ExampleRow).where(ExampleRow.state == state if state else true()).order_by(*_ARRIVAL)
        with self._database.reading() as session:
            return [_own(row) for row in session.scalars(wanted)]

    def among(self, names: Iterable[str]) -> list[OwnExample]:
        """Those of the named examples that are in use and one's own."""
        wanted = select(ExampleRow).where(ExampleRow.id.in_(list(names)), ExampleRow.state == "learned")
        with self._database.reading() as session:
            return [_own(row) for row in session.scalars(wanted)]

    def scenarios(self) -> list[Scenario]:
        """Scenarios that own examples brought along."""
        with self._database.reading() as session:
            return [Scenario.model_validate(row.scenario) for row in session.scalars(select(ScenarioRow))]

    def decide(self, name: str, state: State, user: str) -> OwnExample:
        """Approve (learned) or reject an example. Raises NotFound."""
        with self._database.writing() as session:
            bump(session)
            row = _find(session, name)
            if row.state != state:
                row.state = state
                audit(session, user, f"example {state}", name)
            return _own(row)

    def remove(self, name: str, user: str) -> None:
        """Delete an example. Raises NotFound."""
        with self._database.writing() as session:
            bump(session)
            session.delete(_find(session, name))
            audit(session, user, "example removed", name)

    def vectors(self, embedder: str, texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those texts that were embedded before."""
        digests = {_digest(t): t for t in texts}
        names = list(digests)
        found: dict[str, NDArray[np.float32]] = {}
        with self._database.reading() as session:
            for i in range(0, len(names), AT_ONCE):
                some = names[i : i + AT_ONCE]
                wanted = select(VectorRow).where(VectorRow.embedder == embedder, VectorRow.digest.in_(some))
                for v in session.scalars(wanted):
                    found[digests[v.digest]] = np.frombuffer(v.vector, dtype="<f4")
        return found

    def keep_vectors(self, embedder: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        with self._database.writing() as session:
            for text, vector in vectors.items():
                session.merge(VectorRow(embedder=embedder, digest=_digest(text), vector=vector.astype("<f4").tobytes()))

    def drop_vectors(self, used: Iterable[str]) -> None:
        """Delete the vectors of all other texts."""
        digests = {_digest(t) for t in used}
        with self._database.writing() as session:
            held = session.scalars(select(VectorRow.digest).distinct()).all()
            for digest in set(held) - digests:
                session.execute(delete(VectorRow).where(VectorRow.digest == digest))


_ARRIVAL = (ExampleRow.created, ExampleRow.id)


def _revision(session: Session) -> int:
    return session.scalars(select(RevisionRow.value)).one()


def _against(session: Session, given: Candidate) -> list[Conflict]:
    """Other queries that were learned for the same words while the candidate went through the gates."""
    asked = {way.lower() for ways in given.example.questions.values() for way in ways}
    told = {c.id for c in given.conflicts}
    since = datetime.now(UTC) - UNSEEN
    out = []
    for row in session.scalars(select(ExampleRow).where(ExampleRow.state == "learned", ExampleRow.created >= since)):
        other = Example.model_validate(row.example)
        ways = [way for ways in other.questions.values() for way in ways if way.lower() in asked]
        if ways and other.promql != given.example.promql and other.id not in told:
            out.append(Conflict(id=other.id, question=ways[0], promql=other.promql))
    return out


def _find(session: Session, name: str) -> ExampleRow:
    found = session.get(ExampleRow, name, with_for_update=True)
    if found is None:
        raise NotFound(f"there is no example {name} of your own; `text2promql examples list` shows them")
    return found


def _own(row: ExampleRow) -> OwnExample:
    return OwnExample(
        example=Example.model_validate(row.example),
        state=row.state,
        conflicts=[Conflict.model_validate(c) for c in row.conflicts],
        user=row.user,
        created=row.created,
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
