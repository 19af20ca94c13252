"""The prompt, as text files with named placeholders, and the code that fills them in.

What is fixed for a scenario (rules, reading, examples in a fixed order) comes first, so that the model's
prompt cache keeps it; what changes with the question comes last and is short.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Literal

from typing_extensions import TypedDict

from text2promql.answer import Finding, MetricRef
from text2promql.errors import SettingsError
from text2promql.examples import Example, Scenario

__all__ = [
    "Message",
    "example_messages",
    "followup_messages",
    "question_messages",
    "render",
    "repair_message",
    "scenario_messages",
]

_STEPS = 'numbered steps and then one line "PromQL: " with the query'
_QUERY = 'one line "PromQL: " with the query'
#: Examples that stand in a scenario's fixed block.
BLOCK = 14


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


def render(name: str, values: Mapping[str, str]) -> str:
    """A prompt file with its placeholders filled in; an unknown or missing one is an error that names it."""
    text = files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    wanted = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    if wanted != values.keys():
        odd = sorted(wanted ^ values.keys())
        raise SettingsError(f"prompt {name}.txt: placeholder {{{odd[0]}}} is missing or unknown")
    return text.format_map(values).strip()


def example_messages(example: Example, lang: str, steps: bool) -> list[Message]:
    """An example as a turn of the conversation: the model imitates its own answers best. With `steps`, the reasoning
    that leads to the query comes before it."""
    told = "".join(f"{i}. {s.step}\n" for i, s in enumerate(example.reasoning, 1)) if steps else ""
    return [
        {"role": "user", "content": f"Question: {example.question(lang)}"},
        {"role": "assistant", "content": f"{told}PromQL: {example.promql}"},
    ]


def scenario_messages(scenario: Scenario, examples: Sequence[Example], steps: bool) -> list[Message]:
    """The fixed block of a scenario: rules, reading, and examples with English and Chinese questions in turn."""
    form = _STEPS if steps else _QUERY
    values = {"form": form, "title": scenario.title["en"], "reading": scenario.reading}
    turns = [example_messages(e, "en" if i % 2 else "zh", steps) for i, e in enumerate(examples[:BLOCK])]
    return [{"role": "system", "content": render("system", values)}, *(m for turn in turns for m in turn)]


def question_messages(
    question: str,
    lang: str,
    nearest: Sequence[Example],
    metrics: Sequence[MetricRef],
    values: Mapping[str, Sequence[str]],
    drafts: Sequence[str],
    steps: bool,
) -> list[Message]:
    """The changing part: nearest examples, further metrics, label values that the question names, the question."""
    lines = "".join(f"- {m.name} ({m.type}) {_short(m.help)}\n" for m in metrics)
    named = ", ".join(f'{label}="{value}"' for label, found in values.items() for value in found)
    filled = {
        "metrics": f"Metrics of this system:\n{lines}\n" if lines else "",
        "values": f"Label values named in the question: {named}\n" if named else "",
        "drafts": "".join(f"Draft: {d}\n" for d in drafts),
        "question": _plain(question),
    }
    turns = [m for e in nearest for m in example_messages(e, lang, steps)]
    return [*turns, {"role": "user", "content": render("question", filled)}]


def repair_message(question: str, findings: Sequence[Finding], steps: bool) -> Message:
    wanted = "the steps and the corrected query" if steps else "the corrected query"
    told = "\n".join(f"- {f.summary}. {f.detail}".rstrip() for f in findings)
    return {
        "role": "user",
        "content": render("repair", {"findings": told, "wanted": wanted, "question": _plain(question)}),
    }


def followup_messages(previous: str, asked: str) -> list[Message]:
    """What rewrites a follow-up: the file's first paragraph as rules, each further one as a turn."""
    rules, *turns = render("followup", {"previous": _plain(previous), "asked": _plain(asked)}).split("\n\n")
    messages: list[Message] = [{"role": "system", "content": rules}]
    for turn in turns:
        given, marker, changed = turn.partition("\nChanged: ")
        messages.append({"role": "user", "content": given})
        if marker:
            messages.append({"role": "assistant", "content": changed})
    return messages


def _short(help_text: str) -> str:
    return _plain(help_text)[:90]


def _plain(text: str) -> str:
    """Untrusted text on one line: it cannot open a paragraph of its own in the prompt."""
    return " ".join(text.split())
