"""Where the names and values of a query stand in its text: `promql_parser` keeps no positions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["Kind", "Place", "places"]

Kind = Literal["metric", "label", "value", "function"]

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?P<name>[A-Za-z_:][\w:]*)"""
    r"|(?P<number>[\d.][\w.]*)|(?P<operator>=~|!~|!=|=)|(?P<other>.)",
    re.VERBOSE,
)
_WITH_LABELS = frozenset("by without on ignoring group_left group_right".split())


@dataclass(frozen=True)
class Place:
    """A name, or a value of a matcher without its quotes."""

    kind: Kind
    text: str
    start: int
    end: int
    label: str = ""
    """The label that a value belongs to."""


def places(text: str) -> Iterator[Place]:
    """The names and values of a query that parses, in order. Escapes in quoted text are left as they are."""
    tokens = [m for m in _TOKEN.finditer(text) if m.lastgroup != "space"]
    kinds = [m.lastgroup for m in tokens]
    words = [m.group() for m in tokens] + ["", ""]
    braces, labels, label = False, False, ""
    for i, token in enumerate(tokens):
        word, before, after = words[i], words[i - 1] if i else "", words[i + 1]
        start, end = token.span()
        if word in ("{", "}"):
            braces = word == "{"
        elif word in ("(", ")"):
            labels = word == "(" and before.lower() in _WITH_LABELS
        elif kinds[i] == "string" and braces:
            quoted, start, end = word[1:-1], start + 1, end - 1
            if kinds[i - 1] != "operator":
                label = quoted
                yield Place("label" if kinds[i + 1] == "operator" else "metric", quoted, start, end)
            elif label == "__name__":
                yield Place("metric", quoted, start, end)
            else:
                yield Place("value", quoted, start, end, label)
        elif kinds[i] == "name" and (braces or labels):
            label = word
            yield Place("label", word, start, end)
        elif kinds[i] == "name":
            called = after == "(" or after.lower() in ("by", "without")
            yield Place("function" if called else "metric", word, start, end)
