"""Feedback and own examples: the last word counts, every change is seen by others, nothing is learned twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.store.examples import answer, candidate
from text2promql.errors import NotFound
from text2promql.store import Store
from text2promql.store.knowledge import Feedback

RIGHT = Feedback(answer_id="a", verdict="right")
WRONG = Feedback(answer_id="a", verdict="wrong", category="window", corrected_promql="up", note="n")


def test_the_last_word_on_an_answer_counts(store: Store) -> None:
    store.history.keep(answer("a"), "me", [])
    revision = store.knowledge.revision()
    store.knowledge.judge(WRONG, "me", ["near"], candidate("x"))
    assert store.knowledge.revision() > revision
    taught = store.knowledge.taught()
    assert [e.id for e in taught.examples] == ["x"] and taught.wrong[0].misled == {"near"}
    stored = store.history.conversation("me", "c").answers[0]
    assert (stored.verdict, stored.corrected_promql, stored.note) == ("wrong", "up", "n")
    store.knowledge.judge(RIGHT, "me", [], candidate("y"))
    taught = store.knowledge.taught()
    assert [e.id for e in taught.examples] == ["y"] and taught.wrong == []
    store.knowledge.judge(Feedback(answer_id="a", verdict="wrong"), "me", ["near"], None)
    assert store.knowledge.taught().examples == []


def test_feedback_on_what_is_not_there(store: Store) -> None:
    store.history.keep(answer("a"), "me", [])
    for user, name in (("me", "b"), ("you", "a")):
        with pytest.raises(NotFound, match="no answer"):
            store.knowledge.judge(Feedback(answer_id=name, verdict="right"), user, [], candidate("x"))
    assert store.knowledge.examples() == []


def test_review(store: Store) -> None:
    store.knowledge.add([candidate("x", state="pending")], "me")
    assert store.knowledge.taught().examples == []
    assert store.knowledge.decide("x", "learned", "you").state == "learned"
    assert [e.id for e in store.knowledge.taught().examples] == ["x"]
    store.knowledge.decide("x", "rejected", "you")
    assert [o.example.id for o in store.knowledge.examples("rejected")] == ["x"]
    (again,) = store.knowledge.add([candidate("x")], "me")
    assert again.state == "rejected"
    store.knowledge.remove("x", "you")
    for call in (lambda: store.knowledge.remove("x", "me"), lambda: store.knowledge.decide("x", "learned", "me")):
        with pytest.raises(NotFound, match="examples list"):
            call()


def test_the_same_example_is_learned_once_by_many_at_once(store: Store) -> None:
    for n in range(16):
        store.history.keep(answer(f"a{n}", conversation=f"c{n}"), "me", [])
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda n: store.knowledge.judge(
                    Feedback(answer_id=f"a{n}", verdict="right"), "me", [], candidate(f"x{n % 4}")
                ),
                range(16),
            )
        )
    assert sorted(o.example.id for o in store.knowledge.examples()) == ["x0", "x1", "x2", "x3"]
    assert store.knowledge.revision() == 16


def test_vectors_are_kept_by_embedder(store: Store) -> None:
    vectors = {f"text {n}": np.full(4, n, dtype=np.float32) for n in range(3)}
    store.knowledge.keep_vectors("e", vectors)
    store.knowledge.keep_vectors("e", vectors)
    found = store.knowledge.vectors("e", ["text 2", "other"])
    assert list(found) == ["text 2"] and found["text 2"].tolist() == [2, 2, 2, 2]
    assert store.knowledge.vectors("f", vectors) == {}
    store.knowledge.drop_vectors(["text 1"])
    assert list(store.knowledge.vectors("e", vectors)) == ["text 1"]
