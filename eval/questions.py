"""Evaluation questions: datasets as YAML files, ours or anybody's (eval/datasets/README.md tells the format)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from text2promql import promql
from text2promql.errors import BadQuery, DatasetError
from text2promql.retrieval import language
from text2promql.yaml_file import read_yaml

__all__ = ["DATASETS", "Question", "find_dataset", "read_dataset"]

DATASETS = Path(__file__).with_name("datasets")

Tier = Literal["paraphrase", "composition", "decline", "other"]


class Question(BaseModel):
    """One question with the queries that answer it; none where it must be declined."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    question: str = Field(min_length=1)
    lang: Literal["en", "zh"]
    tier: Tier
    scenario: str = Field("", description="taken from the file where the question gives none")
    difficulty: int = Field(0, ge=0, le=3, description="1 to 3; 0 where the author gives none")
    kind: str = Field("", description="why it must be declined: metric, log, action, chat, injection, unclear")
    golds: list[str] = []
    wrong: list[str] = Field([], description="plausible queries that must not count as right")

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("question"), str):
            tier = "other" if data.get("golds") else "decline"
            return {"lang": language(data["question"]), "tier": tier, **data}
        return data

    @model_validator(mode="after")
    def _golds_or_decline(self) -> Question:
        if (self.tier == "decline") == bool(self.golds):
            raise ValueError("a question has golds, or the tier decline")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dataset: str
    scenario: str = ""
    questions: list[Question] = Field(min_length=1)


def find_dataset(name: str) -> Path:
    """A path as it is, or one of ours by its name. Raises DatasetError."""
    for path in (Path(name), DATASETS / name, DATASETS / f"{name}.yaml"):
        if path.exists():
            return path
    ours = ", ".join(sorted(p.stem for p in DATASETS.iterdir() if p.suffix == ".yaml" or p.is_dir()))
    raise DatasetError(f"there is no dataset {name}: give a file, a folder of files, or one of ours ({ours})")


def read_dataset(path: Path) -> list[Question]:
    """The questions of a file, or of every *.yaml of a folder. Raises DatasetError that names file, line and key."""
    paths: Sequence[Path] = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not paths:
        raise DatasetError(f"{path} holds no dataset file (*.yaml)")
    questions: dict[str, Question] = {}
    for one in paths:
        for question in _read(one):
            if question.id in questions:
                raise DatasetError(f"{one}: the question id {question.id!r} stands twice")
            questions[question.id] = question
    return list(questions.values())


def _read(path: Path) -> list[Question]:
    file, lines = read_yaml(path, _File, DatasetError, "dataset file", "dataset and questions")
    for i, question in enumerate(file.questions):
        question.scenario = question.scenario or file.scenario
        for key, queries in (("golds", question.golds), ("wrong", question.wrong)):
            for j, query in enumerate(queries):
                try:
                    promql.parse(query)
                except BadQuery as error:
                    where = f"{path}:{lines.of(('questions', i, key, j))}: {question.id}"
                    raise DatasetError(f"{where}: {key}.{j} does not parse: {error}") from error
    return file.questions
