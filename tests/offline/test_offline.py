"""The offline job: clear complaints, unchanged texts not embedded again, and a whole swap."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.build import build, up_to_date
from offline.ingest import read_corpus_file
from tests.fakes import WordEmbedder
from text2promql.answer import Step
from text2promql.errors import CorpusError, StaleIndex
from text2promql.index import Index, index_stamp
from text2promql.reasoning import gate

GOOD = """scenario: tiny
title: {en: Tiny, zh: 小}
reading: Everything here is a gauge, so take it as it is and never compute a rate of it.
examples:
  - id: tiny-load
    question: {en: [load of each host], zh: [各主机负载]}
    promql: node_load1
"""


def corpus(folder: Path, text: str = GOOD) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "tiny.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("promql: node_load1", "promql: node_load1\n    promptql: x"),
            r"tiny\.yaml:8: examples\.0\.promptql",
        ),
        (
            ("promql: node_load1", "promql: rate(node_load1)"),
            r"tiny\.yaml:7: .*does not parse: .*range vector",
        ),
        (("scenario: tiny", "scenario: Tiny One"), r"tiny\.yaml:1: scenario"),
        (("examples:", "exampels:"), r"tiny\.yaml:\d: exampels"),
        (("{en: [load of each host], zh: [各主机负载]}", "{}"), "has no question"),
        (("title: {en: Tiny, zh: 小}", "title: ["), "not valid YAML"),
    ],
)
def test_a_bad_corpus_file_is_told_by_file_line_and_key(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    folder = corpus(tmp_path / "c", GOOD.replace(*change))
    with pytest.raises(CorpusError, match=words):
        read_corpus_file(folder / "tiny.yaml")


def test_an_empty_folder_and_a_double_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no corpus file"):
        build([tmp_path], tmp_path / "i", WordEmbedder())
    folder = corpus(tmp_path / "c")
    (folder / "two.yaml").write_text(GOOD.replace("scenario: tiny", "scenario: two"), encoding="utf-8")
    with pytest.raises(CorpusError, match="already used in tiny.yaml"):
        build([folder], tmp_path / "i", WordEmbedder())


def test_only_new_questions_are_embedded(tmp_path: Path) -> None:
    folder, index = corpus(tmp_path / "c"), tmp_path / "index"
    assert build([folder], index, WordEmbedder())[1] == 2
    before = index_stamp(index)
    corpus(folder, GOOD.replace("[load of each host]", "[load of each host, how loaded are the hosts]"))
    again = WordEmbedder()
    assert build([folder], index, again)[1] == 1
    assert again.embedded == ["how loaded are the hosts"]
    assert index_stamp(index) != before
    assert len(Index.read(index, WordEmbedder()).vectors.similarity_search("load", 9)) == 3


def test_an_index_is_up_to_date_until_the_corpus_changes_or_it_is_damaged(tmp_path: Path) -> None:
    folder, index, words = corpus(tmp_path / "c"), tmp_path / "index", WordEmbedder()
    assert not up_to_date([folder], index, words)
    build([folder], index, words)
    assert up_to_date([folder], index, words)
    corpus(folder, GOOD.replace("[load of each host]", "[load of each host, how loaded are the hosts]"))
    assert not up_to_date([folder], index, words)
    build([folder], index, words)
    (index / "telling.npz").write_bytes(b"half")
    assert not up_to_date([folder], index, words)


def test_an_index_of_another_embedder_or_damaged_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder, index = corpus(tmp_path / "c"), tmp_path / "index"
    with pytest.raises(StaleIndex, match="text2promql build"):
        Index.read(index, WordEmbedder())
    build([folder], index, WordEmbedder())
    other = WordEmbedder()
    other.id = "words/other"
    with pytest.raises(StaleIndex, match=r"built with the embedder words/64.*text2promql build"):
        Index.read(index, other)
    (index / "vectors.faiss").write_bytes(b"half")
    with pytest.raises(StaleIndex, match="damaged"):
        Index.read(index, WordEmbedder())
    (index / "manifest.json").write_text("{")
    with pytest.raises(StaleIndex, match="manifest"):
        Index.read(index, WordEmbedder())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("node_load1 divided by x", "does not name the function avg"),
        ("avg of the load", "does not name the metric node_load1"),
        ("avg of node_load1, not node_load_total_5m", "names node_load_total_5m"),
    ],
)
def test_the_gate_refuses_untrue_reasoning(text: str, complaint: str) -> None:
    assert complaint in (gate([Step(step=text, promql="avg(node_load1)")], "avg(node_load1)") or "")


def test_the_gate_wants_the_query_at_the_end() -> None:
    assert gate([Step(step="avg of node_load1", promql="avg(node_load1)")], "avg(node_load1)") is None
    assert "end" in (gate([Step(step="avg of node_load1", promql="node_load1")], "avg(node_load1)") or "")
