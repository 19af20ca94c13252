"""Learning: feedback becomes an example, if it passes the gates; the policy says whether somebody looks at it first.

The gates: it gives no orders, it parses, passes the checks, runs, its reasoning names what it uses, and it is not
known already. A known example with a very near question and another query is a conflict, which is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from text2promql import promql
from text2promql.answer import Answer, Finding
from text2promql.answerable import gives_orders
from text2promql.errors import BackendError, BadExample, BadQuery, Refused
from text2promql.examining import examine
from text2promql.examples import Example, Scenario
from text2promql.index import Index
from text2promql.reasoning import derive, gate
from text2promql.retrieval import language
from text2promql.store.knowledge import Candidate, Conflict, Feedback, OwnExample, State

if TYPE_CHECKING:
    from text2promql.service import Service

__all__ = ["OWN", "Judged", "add_example", "judge", "own_scenario", "scenario_of", "slots_apart"]

#: Cosine from which two questions are taken for the same: of 4,000 corpus questions, 14 pairs with different queries
#: reach it; paraphrases seldom do, so that a conflict is a warning and no proof.
SAME = 0.985
#: Phrasings that are compared with a new one.
COMPARED = 30
#: Where examples go whose metrics no scenario knows.
OWN = "own-examples"
_READING = "Examples that were added for this system. Keep their metrics, labels and units as they are."


class Judged(BaseModel):
    """What came of a verdict."""

    verdict: Literal["right", "wrong"] = Field(description="The verdict, which is kept in any case.")
    state: Literal["learned", "pending", "refused", "none"] = Field(
        description="learned: used from now on; pending: waits for review; refused: see the findings and the detail; "
        "none: there was nothing new to learn."
    )
    example_id: str | None = Field(None, description="The example that came of it, or that is known already.")
    findings: list[Finding] = Field(default_factory=list, description="What the gates have to say about the query.")
    conflicts: list[Conflict] = Field(
        default_factory=list, description="Known examples with a very near question and another query."
    )
    detail: str = Field(description="The same in a sentence.")


@dataclass
class _Gated:
    """What the gates made of a question and a query."""

    candidate: Candidate | None = None
    findings: list[Finding] = field(default_factory=list)
    known: str | None = None
    refused: bool = False
    detail: str = ""


async def judge(service: Service, feedback: Feedback, user: str) -> Judged:
    """Keep a verdict on an answer, and learn from it. Raises NotFound, StoreError, BackendError."""
    store = service.store
    answer = await store.apart(store.history.answer, user, feedback.answer_id)
    query = feedback.corrected_promql or (answer.promql if feedback.verdict == "right" else None)
    gated = _Gated(detail="There is no query to learn from.")
    if feedback.verdict == "wrong" and not query:
        gated.detail = "The examples that led to it stand back for questions like this one."
    if query and service.settings.learning == "off":
        gated.detail = "Learning is off (TEXT2PROMQL_LEARNING); the verdict is kept."
    elif query:
        scenario = scenario_of(query, service.retriever.index.examples.values(), answer.scenario)
        try:
            gated = await _gate(service, answer.question, query, scenario, user, "feedback")
        except BackendError as error:
            gated = _Gated(refused=True, detail=f"The query could not be tried: {error}")
    misled = _misled(answer, feedback)
    kept = await store.apart(store.knowledge.judge, feedback, user, misled, gated.candidate)
    return _told(feedback, gated, kept)


async def add_example(service: Service, question: str, query: str, scenario: str | None, user: str) -> OwnExample:
    """Add one example through the gates. Raises BadExample, Refused, StoreError, BackendError."""
    if service.settings.learning == "off":
        raise Refused("learning is off; set TEXT2PROMQL_LEARNING to review or auto")
    name = scenario or scenario_of(query, service.retriever.index.examples.values())
    gated = await _gate(service, question, query, name, user, "added")
    if gated.known:
        raise Refused(f"this question and query are known already, as the example {gated.known}")
    if gated.candidate is None:
        told = "; ".join(f.summary for f in gated.findings if f.severity == "error")
        raise BadExample(f"the example is refused: {told or gated.detail}")
    (kept,) = await service.store.apart(service.store.knowledge.add, [gated.candidate], user)
    return kept


async def _gate(service: Service, question: str, query: str, scenario: str, user: str, origin: str) -> _Gated:
    """Raises BackendError, StoreError."""
    if gives_orders(question):
        return _Gated(refused=True, detail="The question gives orders to the system; such examples are not learned.")
    await service.catalog.refresh()
    attempt = await examine(query, service.catalog, service.backend, service.settings.max_samples)
    if not attempt.good:
        return _Gated(None, attempt.findings, refused=True, detail="The query does not pass: see the findings.")
    example = _example(question, query, scenario, origin)
    if complaint := gate(example.reasoning, example.promql):
        return _Gated(None, attempt.findings, refused=True, detail=f"The reasoning derived from it {complaint}.")
    near = await service.store.apart(_near, service.retriever.index, question)
    twin = next((e for e in near if e.promql == example.promql), None)
    if twin:
        return _Gated(known=twin.id, findings=attempt.findings, detail="This question and query are known already.")
    differing = [e for e in near if slots_apart(e.promql, example.promql) or question in _ways(e)]
    conflicts = [Conflict(id=e.id, question=e.question(language(question)), promql=e.promql) for e in differing]
    against = await service.store.apart(service.store.knowledge.among, [e.id for e in differing])
    replaces = [o.example.id for o in against if o.user == user and question in _ways(o.example)]
    state: State = "learned" if service.settings.learning == "auto" else "pending"
    if len(replaces) < len(against):
        state = "pending"  # people disagree: somebody decides
    unknown = None if example.scenario in service.retriever.index.scenarios else own_scenario(example.scenario)
    return _Gated(Candidate(example, state, conflicts, unknown, replaces), attempt.findings)


def _ways(example: Example) -> Iterable[str]:
    return (way for ways in example.questions.values() for way in ways)


def slots_apart(one: str, other: str) -> bool:
    """Whether two queries differ in more than their slots."""
    return promql.skeleton(one) != promql.skeleton(other) or set(promql.metrics(promql.parse(one))) != set(
        promql.metrics(promql.parse(other))
    )


def _near(index: Index, question: str) -> list[Example]:
    """Examples that are asked for in nearly the same words, nearest first."""
    found = index.vectors.similarity_search_with_score(question, COMPARED)
    names = dict.fromkeys(d.metadata["example"] for d, cosine in found if cosine >= SAME or d.page_content == question)
    return [index.examples[name] for name in names]


def _example(question: str, query: str, scenario: str, origin: str) -> Example:
    """Its id tells question and query, so that two who learn the same at once learn it once."""
    text = promql.to_text(promql.parse(query))
    question = " ".join(question.split())  # one line: it cannot open a paragraph of its own in a prompt
    digest = sha256(f"{question.lower()}\0{text}".encode()).hexdigest()
    return derive(f"{scenario}-{digest[:12]}", scenario, {language(question): [question]}, text, origin)


def scenario_of(query: str, known: Iterable[Example], usual: str | None = None) -> str:
    """The scenario whose examples use the query's metrics most; `usual` where it is among them; else OWN."""
    try:
        wanted = set(promql.metrics(promql.parse(query)))
    except BadQuery:
        return OWN  # it is refused later, with its findings
    seen = Counter(e.scenario for e in known for m in e.metrics if m in wanted)
    if usual and usual in seen:
        return usual
    return seen.most_common(1)[0][0] if seen else OWN


def own_scenario(name: str) -> Scenario:
    """A scenario that nothing is known of but its name."""
    title = {"en": name.replace("-", " ").capitalize(), "zh": name}
    return Scenario(name=name, title=title, reading=_READING)


def _misled(answer: Answer, feedback: Feedback) -> Sequence[str]:
    """The examples that led to a wrong answer: all that it leaned on, but those of the right form."""
    if feedback.verdict == "right" or answer.promql is None:
        return []
    try:
        right = promql.to_text(promql.parse(feedback.corrected_promql or ""))
    except BadQuery:
        return [e.id for e in answer.examples]
    return [e.id for e in answer.examples if slots_apart(e.promql, right)]


def _told(feedback: Feedback, gated: _Gated, kept: OwnExample | None) -> Judged:
    judged = Judged(verdict=feedback.verdict, state="none", findings=gated.findings, detail=gated.detail)
    if gated.known:
        judged.example_id = gated.known
    elif kept:
        judged.example_id, judged.conflicts = kept.example.id, list(kept.conflicts)
        judged.state = "refused" if kept.state == "rejected" else kept.state
        judged.detail = {
            "learned": "Learned: it is used from now on.",
            "pending": "Waits for review.",
            "rejected": "A reviewer has rejected this example before.",
        }[kept.state]
    elif gated.refused:
        judged.state = "refused"
    return judged
