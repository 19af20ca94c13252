"""Additions: the user's own examples, from a corpus file or from JSON lines of question and query."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from offline.ingest import CorpusFile, read_corpus_file
from offline.reason import reason
from text2promql import promql
from text2promql.errors import BadQuery, CorpusError
from text2promql.examples import Example
from text2promql.retrieval import language

__all__ = ["add_examples", "read_additions"]

#: Where examples go whose metrics no scenario knows.
OWN = "own-examples"
_READING = "Examples that were added by hand for this system. Keep their metrics, labels and units as they are."


def read_additions(path: Path, known: list[Example]) -> list[CorpusFile]:
    """A corpus file, or JSON lines {"question": text or list, "promql": query, "scenario": optional name}.

    Without a scenario a line goes to the one whose examples use its metrics most. Raises CorpusError that
    names file and line.
    """
    if path.suffix in (".yaml", ".yml"):
        file = read_corpus_file(path)
        reason(file)
        return [file]
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
        scenario = scenario or _scenario(query, known)
        title = {"en": scenario.replace("-", " ").capitalize(), "zh": scenario}
        entry = found.setdefault(scenario, {"scenario": scenario, "title": title, "reading": _READING, "examples": []})
        ways: dict[str, list[str]] = {}
        for question in questions:
            ways.setdefault(language(question), []).append(question)
        name = f"{scenario}-{_slug(path.stem)}-{number}"
        entry["examples"].append({"id": name, "question": ways, "promql": query, "source": f"{path.name}:{number}"})
    if not found:
        raise CorpusError(f"{path} holds no example: give a corpus file (.yaml) or JSON lines of question and promql")
    files = [CorpusFile.model_validate(f) for f in found.values()]
    for file in files:
        reason(file)
    return files


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


def _scenario(query: str, known: list[Example]) -> str:
    wanted = set(promql.metrics(promql.parse(query)))
    seen = Counter(e.scenario for e in known for m in e.metrics if m in wanted)
    return seen.most_common(1)[0][0] if seen else OWN


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "file"


def add_examples(files: list[CorpusFile], folder: Path, known: list[Example]) -> tuple[int, list[str]]:
    """Put examples into the user's folder, a file for each scenario. Returns (added, what was left out and why).

    An example whose query and question are known already is left out. Each file is replaced by one rename.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pairs = {(promql.to_text(promql.parse(e.promql)), q) for e in known for ways in e.questions.values() for q in ways}
    added, skipped = 0, []
    for file in files:
        path = folder / f"{file.scenario}.yaml"
        own = read_corpus_file(path).examples if path.exists() else []
        taken = {e.id for e in own} | {e.id for e in known}
        for example in file.examples:
            text = promql.to_text(promql.parse(example.promql))
            ways = [*example.question.en, *example.question.zh]
            if all((text, q) in pairs for q in ways):
                skipped.append(f"{example.id}: the same question and query are known already")
                continue
            while example.id in taken:
                example.id = _next(example.id)
            taken.add(example.id)
            own.append(example)
            added += 1
        if own:
            whole = file.model_copy(update={"examples": own})
            beside = path.with_suffix(f".{os.getpid()}.part")
            text = yaml.safe_dump(whole.model_dump(exclude_none=True), allow_unicode=True, sort_keys=False, width=120)
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
    return added, skipped


def _next(name: str) -> str:
    """a, a-2, a-3 ..."""
    m = re.fullmatch(r"(.*)-v(\d+)", name)
    return f"{m[1]}-v{int(m[2]) + 1}" if m else f"{name}-v2"
