"""Additions: the user's own examples, from a corpus file or from JSON lines of question and query, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from offline.ingest import CorpusFile, read_corpus_file
from offline.reason import reason
from offline.split import split_questions
from text2promql import promql
from text2promql.errors import BadQuery, CorpusError
from text2promql.examples import Example, Scenario
from text2promql.learning import own_scenario, scenario_of
from text2promql.retrieval import language
from text2promql.store.knowledge import Candidate

__all__ = ["candidates", "corpus_files", "read_additions"]


def read_additions(path: Path, known: Sequence[Example]) -> list[CorpusFile]:
    """A corpus file, or JSON lines {"question": text or list, "promql": query, "scenario": optional name}.

    Without a scenario a line goes to the one whose examples use its metrics most. Raises CorpusError that
    names file and line.
    """
    if path.suffix in (".yaml", ".yml"):
        return [read_corpus_file(path)]
    found: dict[str, dict[str, Any]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CorpusError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 text (byte {error.start})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        questions, query, scenario = _line(line, where)
        scenario = scenario or scenario_of(query, known)
        own = own_scenario(scenario)
        head = {"scenario": own.name, "title": own.title, "reading": own.reading, "examples": []}
        entry = found.setdefault(scenario, head)
        ways: dict[str, list[str]] = {}
        for question in questions:
            ways.setdefault(language(question), []).append(question)
        name = f"{scenario}-{_slug(path.stem)}-{number}"
        entry["examples"].append({"id": name, "question": ways, "promql": query, "source": f"{path.name}:{number}"})
    if not found:
        raise CorpusError(f"{path} holds no example: give a corpus file (.yaml) or JSON lines of question and promql")
    return [CorpusFile.model_validate(f) for f in found.values()]


def _line(line: str, where: str) -> tuple[list[str], str, str]:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: not JSON ({error.msg} at column {error.colno})") from error
    asked = data.get("question") if isinstance(data, dict) else None
    questions = [asked] if isinstance(asked, str) else asked
    strings = isinstance(questions, list) and questions and all(isinstance(q, str) and q.strip() for q in questions)
    if not strings or not isinstance(data.get("promql"), str):
        raise CorpusError(f'{where}: a line is {{"question": text or list of texts, "promql": query}}')
    scenario = data.get("scenario", "")
    if not isinstance(scenario, str) or (scenario and not re.fullmatch(r"[a-z0-9][a-z0-9-]*", scenario)):
        raise CorpusError(f"{where}: scenario is a name in lower case, digits and -")
    try:
        promql.parse(data["promql"])
    except BadQuery as error:
        raise CorpusError(f"{where}: promql does not parse: {error}") from error
    return [str(q) for q in questions or []], data["promql"], scenario


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "file"


def candidates(
    files: Sequence[CorpusFile], known: Iterable[Example], scenarios: Iterable[str]
) -> tuple[list[Candidate], list[str]]:
    """The examples of files, with their reasoning, ready to be kept. Returns (candidates, what was left out and why).

    An example whose query and question are known already is left out. Scenarios that are not among `scenarios` come
    along. Raises CorpusError if a reasoning fails the gate.
    """
    known, present = list(known), set(scenarios)
    pairs = {(e.promql, q) for e in known for ways in e.questions.values() for q in ways}
    taken = {e.id for e in known}
    found: list[Candidate] = []
    skipped: list[str] = []
    for file in files:
        scenario, examples = reason(file, "added")
        for example in split_questions(examples):
            if all((example.promql, q) in pairs for ways in example.questions.values() for q in ways):
                skipped.append(f"{example.id}: the same question and query are known already")
                continue
            while example.id in taken:
                example.id = _next(example.id)
            taken.add(example.id)
            found.append(Candidate(example, "learned", scenario=None if scenario.name in present else scenario))
    return found, skipped


def _next(name: str) -> str:
    """a, a-v2, a-v3 ..."""
    m = re.fullmatch(r"(.*)-v(\d+)", name)
    return f"{m[1]}-v{int(m[2]) + 1}" if m else f"{name}-v2"


def corpus_files(examples: Sequence[Example], scenarios: Iterable[Scenario]) -> dict[str, str]:
    """Examples as corpus files: scenario to text. `candidates` makes the same examples of them again."""
    told = {s.name: s for s in scenarios}
    found: dict[str, dict[str, Any]] = {}
    for example in examples:
        scenario = told.get(example.scenario) or own_scenario(example.scenario)
        head = {"scenario": scenario.name, "title": scenario.title, "reading": scenario.reading, "examples": []}
        steps = [s.step for s in example.reasoning]
        derived = [s.step for s in promql.plan(promql.parse(example.promql))]
        entry = {"id": example.id, "question": example.questions, "promql": example.promql}
        found.setdefault(example.scenario, head)["examples"].append(
            entry if steps == derived else {**entry, "reasoning": steps}
        )
    return {name: yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120) for name, data in found.items()}
