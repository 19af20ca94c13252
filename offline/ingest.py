"""Ingest: read corpus files into records, with errors that name file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from text2promql import promql
from text2promql.errors import BadQuery, CorpusError

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
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data: Any = yaml.load(text, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise CorpusError(f"cannot read corpus file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except yaml.YAMLError as error:
        raise CorpusError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise CorpusError(f"{path}: a corpus file is a mapping with scenario, title, reading and examples")
    try:
        file = CorpusFile.model_validate(data)
    except ValidationError as error:
        raise CorpusError("\n".join(_complaint(path, node, item) for item in error.errors())) from error
    for i, example in enumerate(file.examples):
        where = f"{path}:{_line(node, ('examples', i, 'promql'))}"
        if not (example.question.en or example.question.zh):
            raise CorpusError(f"{where}: example {example.id} has no question")
        try:
            promql.parse(example.promql)
        except BadQuery as error:
            raise CorpusError(f"{where}: examples.{i}.promql ({example.id}) does not parse: {error}") from error
    return file


def _complaint(path: Path, node: Any, item: Any) -> str:
    place = tuple(item["loc"])
    return f"{path}:{_line(node, place)}: {'.'.join(map(str, place))}: {item['msg']}"


def _line(node: Any, place: tuple[int | str, ...]) -> int:
    """The line (from 1) of the deepest node that exists on the way to a place."""
    line = node.start_mark.line
    for step in place:
        if isinstance(node, yaml.MappingNode):
            child = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if child is None:
                break
            line, node = child[0].start_mark.line, child[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1
