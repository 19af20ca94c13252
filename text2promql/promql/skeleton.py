"""The skeleton of a query: metric names, label values, durations and numbers masked."""

from __future__ import annotations

import re

from text2promql.promql.selectors import metrics
from text2promql.promql.syntax import parse

__all__ = ["skeleton"]

_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_RANGE = re.compile(r"\[[^\]]*\]")
_OFFSET = re.compile(r"\boffset -?\w+")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")


def skeleton(query: str) -> str:
    """`topk(10, rate(x{a="b"}[5m]))` becomes `topk(N, rate(M{a="V"}[D]))`. Raises BadQuery."""
    text = query
    for name in sorted(metrics(parse(query)), key=len, reverse=True):
        text = re.sub(rf"(?<![\w:]){re.escape(name)}(?![\w:])", "M", text)
    text = _STRING.sub('"V"', text)
    text = _OFFSET.sub("offset D", _RANGE.sub("[D]", text))
    return " ".join(_NUMBER.sub("N", text).split())
