"""Examples of one's own: a corpus file or JSON lines, checked, kept in the store, and used at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from offline.additions import candidates, corpus_files, read_additions
from offline.build import build
from offline.cli import examples
from offline.ingest import read_corpus_file
from offline.reason import reason
from tests.fakes import WordEmbedder
from text2promql.errors import CorpusError, NotFound
from text2promql.examples import Example
from text2promql.index import Index
from text2promql.learning import OWN
from text2promql.memory import Memory
from text2promql.store import Store

CORPUS = (
    "scenario: hosts\ntitle: {en: Hosts, zh: 主机}\nreading: Gauges that are taken as they are, without any function.\n"
    "examples:\n  - {id: load, question: {en: [load of each host]}, promql: node_load1}\n"
)
LINES = (
    json.dumps({"question": ["busiest host", "最忙的主机"], "promql": "topk(1, node_load1)"}) + "\n\n"
    + json.dumps({"question": "doors open", "promql": "sum(door_open)"}) + "\n"
)  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "hosts.yaml").write_text(CORPUS)
    return folder


@pytest.fixture
def known(corpus: Path) -> list[Example]:
    return reason(read_corpus_file(corpus / "hosts.yaml"))[1]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text(LINES)
    return path


def test_json_lines_join_the_scenario_whose_metrics_they_use(
    corpus: Path, known: list[Example], lines: Path, tmp_path: Path
) -> None:
    found, skipped = candidates(read_additions(lines, known), known, ["hosts"])
    assert skipped == [] and {c.example.scenario for c in found} == {"hosts", OWN}
    store = Store(f"sqlite:///{tmp_path}/store.sqlite")
    store.knowledge.add(found, "me")
    index = tmp_path / "index"
    build([corpus], index, WordEmbedder())
    memory = Memory(Index.read(index, WordEmbedder()), index, WordEmbedder(), store.knowledge)
    both = memory.retriever.index
    assert [e.promql for e in both.examples.values() if e.scenario == "hosts"] == ["node_load1", "topk(1, node_load1)"]
    assert both.scenarios["hosts"].title["en"] == "Hosts" and both.scenarios[OWN].reading
    document, score = both.vectors.similarity_search_with_score("doors open", 1)[0]
    assert document.page_content == "doors open" and score > 0.99
    # The same file again adds nothing.
    all_known = list(both.examples.values())
    found, skipped = candidates(read_additions(lines, all_known), all_known, both.scenarios)
    assert found == [] and len(skipped) == 2
    store.close()


def test_a_corpus_file_is_added_under_ids_of_its_own(known: list[Example], tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    more.write_text(CORPUS.replace("node_load1", "node_load5").replace("load of", "load over 5 minutes of"))
    (one,), _ = candidates(read_additions(more, known), known, ["hosts"])
    assert one.example.id == "load-v2" and one.example.origin == "added" and one.scenario is None


def test_what_was_exported_is_added_again_as_it_was(known: list[Example], lines: Path, tmp_path: Path) -> None:
    found, _ = candidates(read_additions(lines, known), known, ["hosts"])
    added = [c.example for c in found]
    again: list[Example] = []
    for name, text in corpus_files(added, [c.scenario for c in found if c.scenario]).items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        again += [c.example for c in candidates(read_additions(path, []), [], [])[0]]
    assert again == added


def test_the_commands(lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXT2PROMQL_STORE", f"sqlite:///{tmp_path}/store.sqlite")
    monkeypatch.setenv("TEXT2PROMQL_INDEX", str(tmp_path / "none"))

    def run(*arguments: str) -> str:
        return CliRunner().invoke(examples, list(arguments), catch_exceptions=False).stdout

    assert run("add", str(lines)).startswith("2 added; 2 examples")
    name = "own-examples-mine-1"
    listed = json.loads(run("list", "--json"))
    assert [o["example"]["id"] for o in listed] == [name, "own-examples-mine-3"]
    assert "busiest host" in run("show", name) and "topk(1, node_load1)" in run("show", name)
    assert run("reject", name) == f"{name} is rejected\n"
    assert name in run("list", "--state", "rejected") and name not in run("list", "--state", "learned")
    assert run("approve", name) == f"{name} is learned\n"
    assert run("export", str(tmp_path / "out")).startswith("2 examples written")
    assert read_corpus_file(tmp_path / "out" / f"{OWN}.yaml").examples[0].question.zh == ["最忙的主机"]
    assert run("remove", name) == f"{name} is removed\n"
    for command in ("approve", "reject", "remove", "show"):
        with pytest.raises(NotFound, match="examples list"):
            run(command, name)


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
