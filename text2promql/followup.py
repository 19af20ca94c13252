"""Follow-ups: a question that only changes the one before it is rewritten so that it stands alone.

By rule where it names nothing but slots, values or a grouping ("only prod", "按服务分组", "换成 p99", "and
yesterday?"): they take the place of what the previous question says, or stand behind it, and what comes out is read
again to see that it says so. By the model where it names something else ("what about memory?"). A question that is
complete is never touched.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, fields
from difflib import SequenceMatcher

from text2promql import prompts
from text2promql.catalog import Labels
from text2promql.linking import LABEL_WORDS, Named, asked_groups, values_in
from text2promql.pipeline import ModelCall, Pipeline
from text2promql.retrieval import language
from text2promql.slots import Slots, read_slots
from text2promql.words import words

__all__ = ["merged", "stand_alone"]

#: So similar to a known question, a question is complete.
COMPLETE = 0.95
#: Share of the words of a model's rewriting that must come from the two questions.
FAITHFUL = 0.8
LONGEST_REPLY = 100

#: Words that only say that something changes.
_SAID = (
    "only just now then instead same but also about make show use change switch it that one those ok okay please filter "
    "group grouped grouping split by per last past over during within latest compared compare versus vs from only "
    "limit keep do can could would again still too same but not gb gib mb mib kb tb percent percentage ms second "
    "只看 只要 只 看看 换成 换 改成 改为 改 成 变成 那 再 按 按照 分组 最近 过去 维度 对比 相比 比较 同比 环比 要 还有 前 之前 以前 用 单位 百分比 "
    "毫秒 秒 内 里 个 的话 一下 显示 限制 只有 保留 换成 分 聚合 统计 近 以内 结果"
)
_FILLERS = frozenset(_SAID.split()) | frozenset(words(_SAID))
#: What tells that a question follows up.
_CUE = re.compile(
    r"^\s*(?:and|but|or|now|then|only|just|also|what about|how about|same|the same|instead|make (?:it|that)|change|switch|excluding|without|except)\b"
    r"|\b(?:instead|as well|too)\b\W*$"
    r"|^\s*(?:那|再|还有|换成?|改成?|改为|只看|只要|只|同样|以及|然后|去掉|不看|不要|排除)|(?:呢|也)[?？!！。]*$|这些|那些|它们?的",
    re.IGNORECASE,
)
#: What stands around a fragment and is not part of what it says.
_AROUND = re.compile(
    r"^[\s,，.。]*(?:(?:and|but|ok(?:ay)?|now|then|so|please|what about|how about|make it|make that|change (?:it )?to|switch to|show|use)\b[\s,]*"
    r"|那么?|再|还有|换成?|改成?|改为|请)+|[\s?？!！。.]+$|(?:\s*\b(?:instead|please)|呢|吧)[\s?？!！。.]*$",
    re.IGNORECASE,
)
_GROUPING = re.compile(
    r"(?P<en>\b(?:(?:of|for|in|on) )?(?:for each|for every|each|every|per|by|grouped by|split by) (?:the )?(?P<noun>[a-z_]+)(?=\s*(?:$|[,.?!;:，]|(?:in|over|for|of|during|with|where|within|from|on|and|instead|please|at)\b)))"
    r"|(?P<zh>(?:按照?|每一?个?台?|各个?)\s*(?P<name>[A-Za-z_]+|[\u3400-\u9fff]{1,4}?)\s*(?:分组|维度|分|统计|聚合|的|(?=$|[,，?？ ])))",
    re.IGNORECASE,
)
#: Words that say what kind of thing a value is: "the checkout service".
_NOUNS = frozenset(w for label, said in LABEL_WORDS.items() for word in (label, *said) for w in words(word))
_ONLY = re.compile(r"^\s*(?:only|just)\b|^\s*(?:只看|只要|只)", re.IGNORECASE)
_TWICE = re.compile(r"\b([a-z]+)( \1\b)+", re.IGNORECASE)


async def stand_alone(pipeline: Pipeline, previous: str, asked: str) -> AsyncGenerator[ModelCall | str]:
    """Ends in the question that stands alone: as typed where it does already. Before that the model call, if one is
    needed. Raises BackendError, ModelError."""
    await pipeline.catalog.refresh()
    labels = pipeline.catalog.values
    ordinary = pipeline.retriever.ordinary
    if (by_rule := merged(previous, asked, labels, ordinary)) is not None:
        yield by_rule
        return
    said = _read(asked, labels, ordinary)
    if not _CUE.search(asked) and (said.left or said.nothing):
        yield asked
        return
    found = await pipeline.retriever.find(_bare(asked) or asked, pipeline.catalog)
    if found.similarity >= COMPLETE:
        yield asked
        return
    call = ModelCall(messages=prompts.followup_messages(previous, asked))
    yield call
    async with aclosing(pipeline.generate(call, max_tokens=LONGEST_REPLY, stop=("\nFirst:",))) as pieces:
        async for _ in pieces:
            pass
    reply = call.reply.strip().partition("\n")[0].strip()
    yield reply if _faithful(reply, previous, asked) else asked


@dataclass(frozen=True)
class _Piece:
    """A part of a question that a slot was read from."""

    slot: str
    start: int
    end: int


def merged(previous: str, asked: str, labels: Labels, ordinary: frozenset[str]) -> str | None:
    """The previous question with what a follow-up says, or None where it does not come out right by rule."""
    said = _read(asked, labels, ordinary)
    if said.left or said.nothing:
        return None
    text, rest, placed = previous, asked, 0
    for piece in reversed(said.pieces):
        held = next((p for p in _pieces(text) if p.slot == piece.slot), None)
        if held:
            text = _TWICE.sub(r"\1", text[: held.start] + asked[piece.start : piece.end] + text[held.end :])
            rest = rest[: piece.start] + rest[piece.end :]
            placed += 1
    for one in said.named:
        held_values = [n for n in values_in(text, labels, ordinary) if n.label == one.label]
        if held_values and (changed := _replaced(text, held_values[0].words[0], one.words[0])):
            text, placed = changed, placed + 1
            rest = _ONLY.sub("", _replaced(rest, one.words[0], "") or rest)
    if said.grouping and (changed := _regrouped(text, said.grouping.group().strip(), labels)):
        text, placed = changed, placed + 1
        rest = rest.replace(said.grouping.group(), " ")
    if placed < said.count:
        text = f"{text.rstrip(' ?？。.')}{'，' if language(previous) == 'zh' else ', '}{_bare(rest)}"
    return text if _says(text, asked, labels, ordinary) else None


@dataclass(frozen=True)
class _Said:
    """What a follow-up says."""

    pieces: list[_Piece]
    named: list[Named]
    grouping: re.Match[str] | None
    unit: bool
    only: bool
    """ "only X": a filter, even if no label is known to have the value."""
    left: bool
    """Whether it says something else, too."""

    @property
    def count(self) -> int:
        return len(self.pieces) + len(self.named) + bool(self.grouping) + self.unit + self.only

    @property
    def nothing(self) -> bool:
        return self.count == 0


def _read(asked: str, labels: Labels, ordinary: frozenset[str]) -> _Said:
    pieces = _pieces(asked)
    grouping = next((m for m in _GROUPING.finditer(asked) if asked_groups(m.group(), labels.names)), None)
    text = asked
    for start, end in sorted(
        [(p.start, p.end) for p in pieces] + ([grouping.span()] if grouping else []), reverse=True
    ):
        text = f"{text[:start]} {text[end:]}"
    # Set apart by "only", any value is meant as one.
    named = values_in(text, labels, frozenset() if _ONLY.search(asked) else ordinary)
    for one in named:
        for word in one.words:
            text = _replaced(text, word, " ") or text
    left = set(words(_bare(text))) - _FILLERS
    if named:
        left -= _NOUNS
    only = bool(_ONLY.search(asked)) and len(left - _NOUNS) == 1 and not named
    return _Said(pieces, named, grouping, bool(read_slots(asked).unit), only, bool(left) and not only)


def _pieces(question: str) -> list[_Piece]:
    """The parts of a question that slots were read from, in order."""
    slots = read_slots(question)
    out = []
    matcher = SequenceMatcher(None, question, slots.masked, autojunk=False)
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag == "equal" or tag == "insert":
            continue
        while start < end and question[start].isspace():
            start += 1
        while end > start and question[end - 1].isspace():
            end -= 1
        without = read_slots(f"{question[:start]} {question[end:]}")
        gone = next((f for f in _KINDS if getattr(slots, f) != getattr(without, f)), None)
        if start < end and gone:
            out.append(_Piece(gone, start, end))
    return out


_KINDS = [f.name for f in fields(Slots) if f.name not in ("masked", "unit", "smallest")]


def _bare(asked: str) -> str:
    """A fragment without the words around it."""
    before = None
    while before != asked:
        before, asked = asked, _AROUND.sub("", asked).strip(" ,，")
    return asked


def _replaced(text: str, said: str, by: str) -> str | None:
    at = text.lower().find(said.lower())
    return text[:at] + by + text[at + len(said) :] if at >= 0 else None


def _regrouped(text: str, said: str, labels: Labels) -> str | None:
    """The text with another grouping in the place of its own; None where it has none that can be told apart."""
    wanted = asked_groups(said, labels.names)
    for m in _GROUPING.finditer(text):
        if not asked_groups(m.group(), labels.names):
            continue  # "by request rate"
        changed = f"{text[: m.start()]}{said}{text[m.end() :]}"
        if asked_groups(changed, labels.names) == wanted:
            return changed
    return None


def _says(text: str, asked: str, labels: Labels, ordinary: frozenset[str]) -> bool:
    """Whether a question says all that the follow-up says."""
    wanted, slots = read_slots(asked), read_slots(text)
    if any(getattr(wanted, kind) and getattr(wanted, kind) != getattr(slots, kind) for kind in [*_KINDS, "unit"]):
        return False
    values = {(n.label, v) for n in values_in(text, labels, ordinary) for v in n.values}
    if not {(n.label, v) for n in values_in(asked, labels, ordinary) for v in n.values} <= values:
        return False
    groups = asked_groups(asked, labels.names)
    return not groups or asked_groups(text, labels.names) == groups


def _faithful(reply: str, previous: str, asked: str) -> bool:
    """Whether a model's rewriting keeps what the follow-up says, something of the question before, and adds little."""
    said, new, old = set(words(reply)), set(words(asked)) - _FILLERS, set(words(previous))
    if not said or len(reply) > len(previous) + 2 * len(asked) + 20:
        return False
    return new <= said and bool(said & old) and len(said & (old | set(words(asked)))) >= FAITHFUL * len(said)
