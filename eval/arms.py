"""The ablation's arms: the same question, prompted with one kind of knowledge or another.

bare           nothing but the task
docs           a reference of the language
community      public-style questions and queries on metrics that everybody has
qa             the system's own questions and queries
qa-explained   the same, each query followed by its explanation
cot            the same, each query preceded by the reasoning that leads to it
qa+draft       questions and queries, and the query that rules make of the nearest ones
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


async def _qa(pipeline: Pipeline, question: str) -> list[Message]:
    return await pipeline.prompt(question, steps=False, drafted=False)


async def _cot(pipeline: Pipeline, question: str) -> list[Message]:
    return await pipeline.prompt(question, steps=True, drafted=False)


async def _drafted(pipeline: Pipeline, question: str) -> list[Message]:
    return await pipeline.prompt(question, steps=False)


async def _explained(pipeline: Pipeline, question: str) -> list[Message]:
    """The examples' steps behind their queries."""
    messages = await _qa(pipeline, question)
    for m, reasoned in zip(messages, await _cot(pipeline, question), strict=True):
        if m["role"] == "system":
            m["content"] = m["content"].replace(_QUERY, f"{_QUERY}, and explain it below")
        elif m["role"] == "assistant":
            steps, _, query = reasoned["content"].rpartition("\nPromQL: ")
            m["content"] = f"PromQL: {query}\nExplanation:\n{steps}"
    return messages


_QUERY = 'one line "PromQL: " with the query'

ARMS: dict[str, Prompting] = {
    "bare": _alone("bare"),
    "docs": _alone("docs"),
    "community": _community,
    "qa": _qa,
    "qa-explained": _explained,
    "cot": _cot,
    "qa+draft": _drafted,
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
