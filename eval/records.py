"""What a run keeps of one question: the answer, its grade, and what the model was shown and said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel

from eval.grading import Grade
from eval.questions import Question
from eval.replies import Call
from text2promql.answer import Finding
from text2promql.errors import DatasetError

__all__ = ["Record", "read_records"]


class Record(BaseModel):
    """`failure` is set where grader, backend or model failed: the question is then neither right nor wrong."""

    question: Question
    failure: str = ""
    status: str = ""
    promql: str | None = None
    scenario: str | None = None
    confidence: float = 0.0
    findings: list[Finding] = []
    outcome: str = ""
    shown: list[str] = []
    """Queries of the examples the answer leaned on."""
    metrics: list[str] = []
    golds_metrics: list[str] = []
    idiom: str = ""
    grade: Grade | None = None
    cause: str = ""
    calls: list[Call] = []
    first_token_ms: float = 0.0
    latency_ms: float = 0.0
    tokens: list[int] = []
    """prompt, cached, completion; empty where the endpoint does not tell."""

    @property
    def right(self) -> bool:
        """Matched, or declined where it must be."""
        if self.question.tier == "decline":
            return self.status == "declined"
        return self.grade is not None and self.grade.match


def read_records(folder: Path) -> list[Record]:
    """The records of a report folder. Raises DatasetError."""
    path = folder / "records.jsonl"
    try:
        lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DatasetError(f"{folder} holds no report (records.jsonl: {error.strerror})") from error
    return [Record.model_validate_json(line) for line in lines]
