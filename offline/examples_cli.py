"""`text2promql examples`: the examples that are not in the corpus. They live in the store; a running service uses
what is added or approved at its next question."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from offline.additions import candidates, corpus_files, read_additions
from text2promql.embeddings import embedder
from text2promql.errors import CorpusError, NotFound, StaleIndex
from text2promql.examples import Example, Scenario
from text2promql.index import Index
from text2promql.settings import Settings, load_settings
from text2promql.store import Store
from text2promql.store.knowledge import OwnExample, State

__all__ = ["examples"]

examples = typer.Typer(no_args_is_help=True, help="Examples of your own: added, learned, or waiting for review.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Id of the example; `examples list` shows them.")]
#: Who is named in the audit.
_WHO = "command line"


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    store = Store(settings.store)
    try:
        yield store
    finally:
        store.close()


@examples.command("list")
def list_examples(
    state: Annotated[State | None, typer.Option(help="Only these.")] = None, as_json: Json = False
) -> None:
    """List your own examples in order of arrival: id, state, question, query."""
    with _store(load_settings()) as store:
        found = store.knowledge.examples(state)
    if as_json:
        sys.stdout.write(json.dumps([o.model_dump(mode="json") for o in found], ensure_ascii=False, indent=2) + "\n")
        return
    for own in found:
        sys.stdout.write(f"{own.example.id}  {own.state}  {own.example.question('en')}\n    {own.example.promql}\n")


@examples.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show one example: questions, reasoning, query, and what it conflicts with."""
    with _store(load_settings()) as store:
        own = next((o for o in store.knowledge.examples() if o.example.id == name), None)
    if own is None:
        raise NotFound(f"there is no example {name} of your own; `text2promql examples list` shows them")
    sys.stdout.write(own.model_dump_json(indent=2) + "\n" if as_json else _drawn(own))


def _drawn(own: OwnExample) -> str:
    example = own.example
    who = own.user or "a user who was deleted"
    lines = [f"{example.id} ({own.state}, {example.origin} by {who}, {own.created:%Y-%m-%d %H:%M} UTC)"]
    lines += [f"scenario {example.scenario}"]
    lines += [f"{lang}  {way}" for lang, ways in example.questions.items() for way in ways]
    lines += [f"{i}. {s.step}" for i, s in enumerate(example.reasoning, 1)]
    lines += [example.promql]
    lines += [f"conflicts with {c.id}: {c.question}\n    {c.promql}" for c in own.conflicts]
    return "\n".join(lines) + "\n"


@examples.command()
def approve(name: Name) -> None:
    """Use an example that waits for review, or was rejected."""
    _decide(name, "learned")


@examples.command()
def reject(name: Name) -> None:
    """Do not use an example, and do not learn it again."""
    _decide(name, "rejected")


def _decide(name: str, state: State) -> None:
    with _store(load_settings()) as store:
        own = store.knowledge.decide(name, state, _WHO)
    sys.stdout.write(f"{own.example.id} is {own.state}\n")


@examples.command()
def remove(name: Name) -> None:
    """Delete an example of your own."""
    with _store(load_settings()) as store:
        store.knowledge.remove(name, _WHO)
    sys.stdout.write(f"{name} is removed\n")


@examples.command()
def add(
    file: Annotated[Path, typer.Argument(help="A corpus file (.yaml), or JSON lines of question and promql.")],
    index: Annotated[Path | None, typer.Option("--index", help="Folder of the index of the corpus.")] = None,
) -> None:
    """Add examples of your own: they are checked, kept in the store, and used at once."""
    settings = load_settings(index=index)
    corpus, scenarios = _corpus(settings)
    with _store(settings) as store:
        known = [*corpus, *(o.example for o in store.knowledge.examples())]
        present = [*scenarios, *store.knowledge.scenarios()]
        found, skipped = candidates(read_additions(file, known), known, [s.name for s in present])
        store.knowledge.add(found, _WHO)
        learned = len(store.knowledge.examples("learned"))
    for line in skipped:
        sys.stderr.write(f"left out {line}\n")
    sys.stdout.write(f"{len(found)} added; {learned} examples of your own are used beside the corpus\n")


@examples.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder for the corpus files, one for each scenario.")],
) -> None:
    """Write the examples that are in use as corpus files; `examples add` reads them again."""
    settings = load_settings()
    _, scenarios = _corpus(settings)
    with _store(settings) as store:
        learned = [o.example for o in store.knowledge.examples("learned")]
        files = corpus_files(learned, [*store.knowledge.scenarios(), *scenarios])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"cannot write to {folder}: {error.strerror}") from error
    sys.stdout.write(f"{len(learned)} examples written to {folder}\n")


def _corpus(settings: Settings) -> tuple[list[Example], list[Scenario]]:
    try:
        index = Index.read(settings.index, embedder(settings.embedder))
    except StaleIndex:
        return [], []  # not built yet: there is nothing to compare with
    return list(index.examples.values()), list(index.scenarios.values())
