"""`text2promql build` and `text2promql examples`: the offline job on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from offline.additions import add_examples, read_additions
from offline.build import build as build_index
from offline.build import sources
from text2promql.embeddings import Embedder, embedder
from text2promql.errors import StaleIndex
from text2promql.examples import Example
from text2promql.index import Index, Manifest
from text2promql.service import corpus_folder
from text2promql.settings import Settings, load_settings

__all__ = ["build", "examples"]

examples = typer.Typer(no_args_is_help=True, help="Your own examples: add.")

Corpus = Annotated[Path | None, typer.Option(help="Folder of corpus files; default the one that ships.")]
IndexFolder = Annotated[Path | None, typer.Option("--index", help="Folder of the index to write.")]


def build(corpus: Corpus = None, index: IndexFolder = None) -> None:
    """Build the example index from the corpus and your own examples: ingest, reason, split, embed."""
    settings = load_settings(index=index)
    manifest, fresh = _build(settings, corpus, embedder(settings.embedder))
    sys.stdout.write(
        f"{settings.index}: {manifest.examples} examples, {manifest.questions} questions, {fresh} embedded anew\n"
    )


def _build(settings: Settings, corpus: Path | None, chosen: Embedder) -> tuple[Manifest, int]:
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("embedding questions", total=None)
        found = build_index(
            sources(corpus or corpus_folder(), settings.examples),
            settings.index,
            chosen,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
        bar.update(task, completed=1, total=1)
    return found


@examples.command()
def add(
    file: Annotated[Path, typer.Argument(help="A corpus file (.yaml), or JSON lines of question and promql.")],
    corpus: Corpus = None,
    index: IndexFolder = None,
) -> None:
    """Add examples of your own: they are checked, kept in your examples folder, and in the index at once."""
    settings = load_settings(index=index)
    chosen = embedder(settings.embedder)
    known = _known(settings, chosen)
    added, skipped = add_examples(read_additions(file, known), settings.examples, known)
    for line in skipped:
        sys.stderr.write(f"left out {line}\n")
    manifest, _ = _build(settings, corpus, chosen)
    sys.stdout.write(f"{added} added to {settings.examples}; the index has {manifest.examples} examples\n")


def _known(settings: Settings, chosen: Embedder) -> list[Example]:
    try:
        return list(Index.read(settings.index, chosen).examples.values())
    except StaleIndex:
        return []  # it is built anew below, and then holds them
