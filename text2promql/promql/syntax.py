"""Parsing: the one place that talks to `promql_parser`'s entry point and turns its errors into ours."""

from __future__ import annotations

import re

import promql_parser

from text2promql.errors import BadQuery

__all__ = ["parse"]

_OPEN, _CLOSE = "([{", ")]}"
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
#: The library's words for value types, in the words of Prometheus' users.
_USER_WORDS = (
    (re.compile(r"\bmatrix\b"), "range vector"),
    (re.compile(r"\bvector\b(?<!range vector)"), "instant vector"),
)


def parse(text: str) -> promql_parser.Expr:
    """Parse and type-check a query. Raises BadQuery with a position where one can be told."""
    if not text.strip():
        raise BadQuery("the query is empty", 0)
    try:
        return promql_parser.parse(text)
    except ValueError as error:
        message = str(error)
        for pattern, word in _USER_WORDS:
            message = pattern.sub(word, message)
        raise BadQuery(message, _position(text, message)) from error


def _position(text: str, message: str) -> int | None:
    """The library gives no positions; the commonest mistakes can be found again."""
    if "parenthes" in message or "brac" in message:
        return _unbalanced(text)
    for quoted in re.findall(r"'([^']+)'", message):
        at = text.find(quoted)
        if at >= 0:
            return at
    called = re.search(r"function (\w+)|call to function '?(\w+)", message)
    if called:
        at = text.find(next(g for g in called.groups() if g))
        return at if at >= 0 else None
    return None


def _unbalanced(text: str) -> int | None:
    """Offset of the first bracket without a partner, quoted text left out."""
    masked = _QUOTED.sub(lambda m: " " * len(m.group()), text)
    stack: list[int] = []
    for i, c in enumerate(masked):
        if c in _OPEN:
            stack.append(i)
        elif c in _CLOSE:
            if not stack or masked[stack[-1]] != _OPEN[_CLOSE.index(c)]:
                return i
            stack.pop()
    return stack[-1] if stack else None
