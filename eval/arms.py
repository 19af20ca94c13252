"""The ablation's arms: the same question, prompted with one kind of knowledge or another.

bare           nothing but the task
docs           a reference of the language
community      public-style questions and queries on metrics that everybody has
qa             the system's own questions and queries
qa-explained   the same, each query followed by its explanation
cot            the same, each query preceded by the reasoning that leads to it
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import yaml
from pydantic import BaseModel

from text2promql.models.chat import ChatModel, Request
from text2promql.pipeline import STOP, Pipeline
from text2promql.prompts import Message
from text2promql.reply import complete, query_in

__all__ = ["ARMS", "ask_arm"]

_FOLDER = Path(__file__).with_name("ablation")

Prompting = Callable[[Pipeline, str], Awaitable[list[Message]]]


class _Pair(BaseModel):
    question: str
    promql: str


class _Community(BaseModel):
    system: str
    pairs: list[_Pair]


def _alone(name: str) -> Prompting:
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()

    async def prompt(_: Pipeline, question: str) -> list[Message]:
        return [{"role": "system", "content": text}, {"role": "user", "content": f"Question: {question}"}]

    return prompt


async def _community(_: Pipeline, question: str) -> list[Message]:
    known = _Community.model_validate(yaml.safe_load((_FOLDER / "community.yaml").read_text(encoding="utf-8")))
    messages: list[Message] = [{"role": "system", "content": known.system.strip()}]
    for pair in known.pairs:
        messages.append({"role": "user", "content": f"Question: {pair.question}"})
        messages.append({"role": "assistant", "content": f"PromQL: {pair.promql}"})
    return [*messages, {"role": "user", "content": f"Question: {question}"}]


def _own(instruction: str, turn: Callable[[str, str], str]) -> Prompting:
    """The product's prompt with the examples' answers, (steps, query), written in another way."""

    async def prompt(pipeline: Pipeline, question: str) -> list[Message]:
        messages = await pipeline.prompt(question)
        out: list[Message] = []
        for m in messages:
            content = m["content"]
            if m["role"] == "system":
                content = content.replace(STEPS_THEN_QUERY, instruction)
            elif m["role"] == "assistant":
                steps, _, query = content.rpartition("\nPromQL: ")
                content = turn(steps, query)
            out.append({"role": m["role"], "content": content})
        return out

    return prompt


STEPS_THEN_QUERY = 'Answer each question with numbered steps and then one line "PromQL: " with the query'
_QUERY = 'Answer each question with one line "PromQL: " with the query'


async def _cot(pipeline: Pipeline, question: str) -> list[Message]:
    return await pipeline.prompt(question)


ARMS: dict[str, Prompting] = {
    "bare": _alone("bare"),
    "docs": _alone("docs"),
    "community": _community,
    "qa": _own(_QUERY, lambda steps, query: f"PromQL: {query}"),
    "qa-explained": _own(
        f"{_QUERY}, and explain it below", lambda steps, query: f"PromQL: {query}\nExplanation:\n{steps}"
    ),
    "cot": _cot,
}


async def ask_arm(name: str, pipeline: Pipeline, model: ChatModel, question: str) -> str:
    """The query of one reply, as it comes: nothing is checked or mended. Raises ModelError, BackendError."""
    messages = await ARMS[name](pipeline, question)
    reply = ""
    async with aclosing(model.stream(Request(messages, stop=STOP))) as deltas:
        async for delta in deltas:
            reply += delta.text
            if complete(reply):
                break
    return query_in(reply)
