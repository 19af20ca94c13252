"""Examples of one's own: a corpus file or JSON lines, checked, kept, and in the index at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offline.additions import OWN, add_examples, read_additions
from offline.build import build, sources
from offline.ingest import read_corpus_file
from offline.reason import reason
from tests.fakes import WordEmbedder
from text2promql.errors import CorpusError
from text2promql.index import Index

CORPUS = (
    "scenario: hosts\ntitle: {en: Hosts, zh: 主机}\nreading: Gauges that are taken as they are, without any function.\n"
    "examples:\n  - {id: load, question: {en: [load of each host]}, promql: node_load1}\n"
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "hosts.yaml").write_text(CORPUS)
    return folder


def test_json_lines_join_the_scenario_whose_metrics_they_use(corpus: Path, tmp_path: Path) -> None:
    known = reason(read_corpus_file(corpus / "hosts.yaml"))[1]
    lines = tmp_path / "mine.jsonl"
    lines.write_text(
        json.dumps({"question": ["busiest host", "最忙的主机"], "promql": "topk(1, node_load1)"}) + "\n\n"
        + json.dumps({"question": "doors open", "promql": "sum(door_open)"}) + "\n"
    )  # fmt: skip
    own = tmp_path / "own"
    added, skipped = add_examples(read_additions(lines, known), own, known)
    assert (added, skipped) == (2, [])
    assert {p.stem for p in own.iterdir()} == {"hosts", OWN}
    index = tmp_path / "index"
    manifest, _ = build(sources(corpus, own), index, WordEmbedder())
    assert manifest.examples == 3
    found = Index.read(index, WordEmbedder())
    assert [e.promql for e in found.examples.values() if e.scenario == "hosts"] == ["topk(1, node_load1)", "node_load1"]
    assert found.scenarios["hosts"].title["en"] == "Hosts"
    # The same file again adds nothing.
    added, skipped = add_examples(read_additions(lines, known), own, list(found.examples.values()))
    assert added == 0 and len(skipped) == 2
    assert build(sources(corpus, own), index, WordEmbedder())[0].examples == 3


def test_a_corpus_file_is_added_under_ids_of_its_own(corpus: Path, tmp_path: Path) -> None:
    known = reason(read_corpus_file(corpus / "hosts.yaml"))[1]
    more = tmp_path / "more.yaml"
    more.write_text(CORPUS.replace("node_load1", "node_load5").replace("load of", "load over 5 minutes of"))
    own = tmp_path / "own"
    assert add_examples(read_additions(more, known), own, known)[0] == 1
    assert [e.id for e in read_corpus_file(own / "hosts.yaml").examples] == ["load-v2"]
    assert build(sources(corpus, own), tmp_path / "index", WordEmbedder())[0].examples == 2


BAD = [
    ("{", r"x\.jsonl:1: not JSON"),
    ('{"question": "q"}', r"x\.jsonl:1: a line is"),
    ('{"question": "", "promql": "up"}', "a line is"),
    ('{"question": "q", "promql": "sum("}', r"x\.jsonl:1: promql does not parse"),
    ('{"question": "q", "promql": "up", "scenario": "A B"}', "scenario is a name"),
    ("", "holds no example"),
]


@pytest.mark.parametrize(("line", "words"), BAD)
def test_a_bad_line_is_told_by_file_and_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(line)
    with pytest.raises(CorpusError, match=words):
        read_additions(path, [])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read .*nothing\.jsonl"):
        read_additions(tmp_path / "nothing.jsonl", [])
