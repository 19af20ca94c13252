"""`text2promql build` and `text2promql examples`: the offline job on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from offline.build import build as build_index
from offline.build import keep_vectors, up_to_date
from offline.examples_cli import examples
from text2promql.embeddings import embedder
from text2promql.service import corpus_folder
from text2promql.settings import load_settings
from text2promql.vectors import FOLDER

__all__ = ["build", "examples"]

Corpus = Annotated[Path | None, typer.Option(help="Folder of corpus files; default the one that ships.")]
IndexFolder = Annotated[Path | None, typer.Option("--index", help="Folder of the index to write.")]
Keep = Annotated[bool, typer.Option("--keep-vectors", help="Keep the vectors beside the corpus, for other builds.")]


def build(corpus: Corpus = None, index: IndexFolder = None, keep: Keep = False) -> None:
    """Build the example index from the corpus: ingest, reason, split, embed. What was learned is put over it."""
    settings = load_settings(index=index)
    folder, chosen = corpus or corpus_folder(), embedder(settings.embedder)
    if not keep and up_to_date([folder], settings.index, chosen):
        sys.stdout.write(f"{settings.index} is up to date\n")
        return
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("building the index", total=None)
        manifest, fresh = build_index(
            [folder],
            settings.index,
            chosen,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
        bar.update(task, completed=1, total=1)
    sys.stdout.write(
        f"{settings.index}: {manifest.examples} examples, {manifest.questions} questions, {fresh} embedded anew\n"
    )
    if keep:
        written = keep_vectors(folder, settings.index, chosen)
        sys.stdout.write(f"{folder / FOLDER}: {written} files written\n")
