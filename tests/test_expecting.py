"""What the words of a question let one expect of its query."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from text2promql.expecting import LEAST, MOST, PART_SEEN, Expectations, parts

NOTHING = [0.0, 0.0, 0.0]


def made_of(query: str) -> frozenset[str]:
    return parts(query)


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        ("sum by (pod) (rate(x_bytes_total[5m]))", {"fn:sum", "fn:rate", "by:pod", "word:x", "is:range"}, {"is:total"}),
        ("count(up == 0)", {"fn:count", "is:total", "is:instant", "op:== number"}, {"is:range"}),
        ("100 * a / b", {"op:/", "op:* number", "number:100"}, {"is:grouped", "fn:sum"}),
        ('a{mode=~"idle|IOWAIT"} - a offset 1h', {"label:mode", "value:idle", "value:iowait", "is:shifted"}, set()),
        ("max_over_time(a[2h:1m]) > 17", {"fn:max_over_time", "is:subquery", "op:> number", "number"}, {"number:17"}),
    ],
)  # fmt: skip
def test_a_query_is_made_of_what_it_does_groups_by_and_filters(
    query: str, wanted: set[str], unwanted: set[str]
) -> None:
    found = made_of(query)
    assert wanted <= found and not unwanted & found


def taught() -> Expectations:
    questions, queries = [], []
    for thing in ("disk", "memory", "cpu", "swap", "cache", "queue", "heap", "pool"):
        questions += [f"{thing} in percent", f"how many bytes of {thing}", f"{thing} 使用百分比", f"{thing} 多少字节"]
        queries += [f"100 * {thing}_used / {thing}_size", f"{thing}_used_bytes"] * 2
    vectors = np.zeros((len(questions), 3), np.float32)
    return Expectations.learn(questions, vectors, [made_of(q) for q in queries])


@pytest.mark.parametrize("question", ["buffer in percent", "buffer 百分比"])
def test_what_the_words_ask_for_is_likelier_than_what_they_do_not(question: str) -> None:
    known = taught()
    chances = known.of(question, NOTHING)
    percent, plain = made_of("100 * buffer_used / buffer_size"), made_of("buffer_used_bytes")
    assert known.likelihood(percent, chances) > known.likelihood(plain, chances)
    assert (chances >= LEAST).all() and (chances <= MOST).all()


def test_it_outlives_a_file(tmp_path: Path) -> None:
    known = taught()
    known.write(tmp_path / "expected.npz")
    again = Expectations.read(tmp_path / "expected.npz")
    question = "heap in percent"
    assert np.array_equal(again.of(question, NOTHING), known.of(question, NOTHING))
    assert again.likelihood(made_of("heap_size"), again.of(question, NOTHING)) == known.likelihood(
        made_of("heap_size"), known.of(question, NOTHING)
    )


def test_too_few_examples_teach_nothing() -> None:
    few = PART_SEEN - 1
    known = Expectations.learn(["a"] * few, np.zeros((few, 3), np.float32), [made_of("up")] * few)
    assert known.likelihood(made_of("up"), known.of("a", NOTHING)) == 0.0


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "expected.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ValueError):
        Expectations.read(tmp_path / "expected.npz")
