"""Conversations and answers: kept word for word, found, shared, exported, forgotten, and deleted when old."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.examples import answer, candidate
from text2promql.errors import NotFound
from text2promql.pipeline import ModelCall
from text2promql.store import Store
from text2promql.store.knowledge import Feedback

ODD = "<script>alert(1)</script> \"'`{{x}} \\ %_ 按服务\n😀\u2028"


def test_an_answer_comes_back_word_for_word(store: Store) -> None:
    call = ModelCall(messages=[{"role": "user", "content": ODD}], reply=ODD + "\x00", elapsed_ms=1.5)
    given = answer("a", ODD, f'up{{x="{ODD}"}}')
    store.history.keep(given, "me", [call])
    found = store.history.conversation("me", "c")
    assert found.title == ODD and found.answers[0].answer == given and found.answers[0].verdict is None
    (whole,) = store.history.export("me").conversations
    assert whole["answers"][0]["calls"] == [call.model_dump(mode="json")]


def test_histories_are_kept_apart(store: Store) -> None:
    store.history.keep(answer("a"), "me", [])
    for call in (
        lambda: store.history.conversation("you", "c"),
        lambda: store.history.rename("you", "c", "x"),
        lambda: store.history.delete("you", "c"),
        lambda: store.history.share("you", "c"),
        lambda: store.history.answer("you", "a"),
        lambda: store.history.last_question("you", "c"),
        lambda: store.history.keep(answer("b"), "you", []),
        lambda: store.history.shared("guess"),
    ):
        with pytest.raises(NotFound):
            call()
    assert store.history.conversations("you") == []


def test_conversations_are_found_by_title_question_and_query_page_by_page(store: Store) -> None:
    for n in range(5):
        store.history.keep(answer(f"a{n}", f"question {n} 100%", f"metric_{n}", f"c{n}"), "me", [])
        time.sleep(0.002)
    store.history.keep(answer("b", "MEMORY 内存", "other", "c1"), "me", [])
    store.history.rename("me", "c2", "Renamed")
    names = [c.id for c in store.history.conversations("me", limit=3)]
    assert names == ["c1", "c4", "c3"]
    before = store.history.conversation("me", "c3").updated
    assert [c.id for c in store.history.conversations("me", before=before)] == ["c2", "c0"]
    searched = {w: [c.id for c in store.history.conversations("me", w)] for w in
                ("memory", "内存", "metric_3", "renamed", "100%", "10_%", "other")}  # fmt: skip
    assert searched == {
        "memory": ["c1"], "内存": ["c1"], "metric_3": ["c3"], "renamed": ["c2"],
        "100%": ["c1", "c4", "c3", "c2", "c0"], "10_%": [], "other": ["c1"],
    }  # fmt: skip
    assert store.history.conversations("me")[0].answers == 2


def test_the_last_question_is_one_that_was_answered(store: Store) -> None:
    store.history.keep(answer("a", "first"), "me", [])
    store.history.keep(answer("b", "second", None, status="declined"), "me", [])
    assert store.history.last_question("me", "c") == "first"


def test_sharing_and_no_longer(store: Store) -> None:
    store.history.keep(answer("a"), "me", [])
    token = store.history.share("me", "c")
    assert store.history.share("me", "c") == token and len(token) > 20
    assert store.history.shared(token).answers[0].answer.id == "a"
    store.history.unshare("me", "c")
    with pytest.raises(NotFound, match="no longer shared"):
        store.history.shared(token)


def test_a_user_is_exported_and_forgotten(store: Store) -> None:
    for user in ("me", "you"):
        store.history.keep(answer(user, conversation=user), user, [])
        store.knowledge.judge(
            Feedback(answer_id=user, verdict="right", note="n"), user, [], candidate(f"{user}-learned", user)
        )
        store.knowledge.add([candidate(f"{user}-pending", state="pending")], user)
    told = store.history.export("me")
    assert told.conversations[0]["answers"][0]["feedback"]["note"] == "n"
    assert [e["id"] for e in told.examples] == ["me-learned", "me-pending"] and len(told.audit) == 3
    store.history.forget("me")
    left = store.history.export("me")
    assert left.conversations == left.examples == left.audit == []
    names = [(o.example.id, o.user) for o in store.knowledge.examples()]
    assert names == [("me-learned", None), ("you-learned", "you"), ("you-pending", "you")]
    assert len(store.history.export("you").conversations) == 1


def test_what_is_old_is_deleted(store: Store) -> None:
    store.history.keep(answer("a"), "me", [])
    store.knowledge.judge(Feedback(answer_id="a", verdict="wrong"), "me", ["near"], None)
    assert len(store.knowledge.taught().wrong) == 1
    assert store.history.purge(datetime.now(UTC) - timedelta(days=1)) == 0
    revision = store.knowledge.revision()
    assert store.history.purge(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert store.history.conversations("me") == [] and store.knowledge.taught().wrong == []
    assert store.knowledge.revision() > revision
