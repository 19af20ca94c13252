"""Ingest: read corpus files into records, with errors that name file, line and key."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from text2promql import promql
from text2promql.errors import BadQuery, CorpusError
from text2promql.yaml_file import read_yaml

__all__ = ["CorpusExample", "CorpusFile", "Questions", "read_corpus", "read_corpus_file"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Questions(_Strict):
    """Ways to ask for one query. The first of each language is the one that is shown."""

    en: list[str] = []
    zh: list[str] = []


class CorpusExample(_Strict):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    question: Questions
    promql: str
    reasoning: list[str] | None = None
    source: str | None = None


class Title(_Strict):
    en: str
    zh: str


class CorpusFile(_Strict):
    scenario: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Title
    reading: str = Field(min_length=40)
    examples: list[CorpusExample] = Field(min_length=1)


def read_corpus(folder: Path) -> list[CorpusFile]:
    """Every *.yaml of the folder, in name order. Raises CorpusError."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise CorpusError(f"{folder} holds no corpus file (*.yaml)")
    files = [read_corpus_file(path) for path in paths]
    owners: dict[str, str] = {}
    for path, file in zip(paths, files, strict=True):
        for example in file.examples:
            if example.id in owners:
                raise CorpusError(f"{path}: example id {example.id!r} is already used in {owners[example.id]}")
            owners[example.id] = path.name
    return files


def read_corpus_file(path: Path) -> CorpusFile:
    """Read and check one file. Raises CorpusError that names file, line and key."""
    file, lines = read_yaml(path, CorpusFile, CorpusError, "corpus file", "scenario, title, reading and examples")
    for i, example in enumerate(file.examples):
        where = f"{path}:{lines.of(('examples', i, 'promql'))}"
        if not (example.question.en or example.question.zh):
            raise CorpusError(f"{where}: example {example.id} has no question")
        try:
            promql.parse(example.promql)
        except BadQuery as error:
            raise CorpusError(f"{where}: examples.{i}.promql ({example.id}) does not parse: {error}") from error
    return file
