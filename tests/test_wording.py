"""What the words of questions are said for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from text2promql.wording import Wording, parts

THINGS = {"disk": "磁盘", "memory": "内存", "queue": "积压", "heap": "堆"}


def made_of(query: str, scenario: str = "things") -> frozenset[str]:
    return parts(query, scenario)


def taught() -> Wording:
    questions, queries = [], []
    for thing, chinese in THINGS.items():
        questions += [f"{thing} in percent", f"how many bytes of {thing}", f"{chinese}使用百分比", f"{chinese}多少字节"]
        queries += [f"100 * {thing}_used / {thing}_size", f"{thing}_used_bytes"] * 2
    return Wording.learn(questions, [made_of(q) for q in queries])


def test_a_query_is_said_with_its_metrics_its_scenario_and_what_it_does() -> None:
    found = made_of('rate(disk_bytes{state="idle"}[5m])', "hosts")
    assert {"metric:disk_bytes", "scenario:hosts", "fn:rate", "word:disk", "value:idle"} <= found


@pytest.mark.parametrize("question", ["bytes on the disk", "磁盘的字节数"])
def test_words_speak_for_what_they_were_said_for_in_both_languages(question: str) -> None:
    said = taught().of(question)
    assert said.gain(made_of("disk_used_bytes")) > said.gain(made_of("memory_used_bytes"))
    assert said.gain(made_of("disk_used_bytes")) > said.gain(made_of("100 * disk_used / disk_size"))


def test_a_word_that_nothing_of_the_query_accounts_for_counts_against_it() -> None:
    known = taught()
    query = made_of("disk_used_bytes")
    assert known.of("bytes of disk").gain(query) > known.of("bytes of disk and heap").gain(query)
    assert known.of("bytes of disk").gain(query) == known.of("bytes of disk, sesquipedalian").gain(query)


def test_what_was_learned_since_is_known() -> None:
    known = taught()
    new = "max by (instance) (grumpiness)"
    more = known.including(["how grumpy are our machines"], [made_of(new)])
    said = more.of("are the machines grumpy")
    assert said.gain(made_of(new)) > said.gain(made_of("disk_used_bytes"))
    old = "bytes on the disk"
    query = made_of("disk_used_bytes")
    assert more.of(old).gain(query) == pytest.approx(known.of(old).gain(query))
    assert known.including([], []) is known
    assert known.including(["disk"], [query]) is known


def test_it_outlives_a_file(tmp_path: Path) -> None:
    known = taught()
    known.write(tmp_path / "wording.npz")
    again = Wording.read(tmp_path / "wording.npz").of("heap in percent")
    query = made_of("100 * heap_used / heap_size")
    assert again.gain(query) == pytest.approx(known.of("heap in percent").gain(query), rel=1e-4)


def test_no_questions_teach_nothing(tmp_path: Path) -> None:
    known = Wording.learn([], [])
    known.write(tmp_path / "wording.npz")
    for one in (known, Wording.read(tmp_path / "wording.npz")):
        assert one.of("disk").gain(made_of("disk_used")) == 0.0
    assert np.isfinite(known.including(["disk"], [made_of("disk_used")]).of("disk").gain(made_of("disk_used")))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "wording.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ValueError):
        Wording.read(tmp_path / "wording.npz")
