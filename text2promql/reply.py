"""Reading the model's reply: reasoning, then the query after `PromQL:`."""

from __future__ import annotations

import re

__all__ = ["complete", "query_in"]

_MARKER = "PromQL:"
_FENCE = re.compile(r"```(?:\w*)[ \t]*\n?(.*?)(?:```|$)", re.DOTALL)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


def complete(reply: str) -> bool:
    """Whether the model goes on after the line that holds the query: that would only repeat it."""
    _, marker, after = reply.partition(_MARKER)
    query, _, more = after.lstrip().partition("\n")
    return bool(marker) and not query.startswith("```") and bool(more.strip())


def query_in(reply: str) -> str:
    """The query of a reply, or an empty string. A fenced block or a bare last line will do, too."""
    _, marker, after = reply.partition(_MARKER)
    text = after if marker else reply
    fenced = _FENCE.search(text)
    if fenced:
        return _closed(" ".join(fenced.group(1).split()))
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    return _closed((lines[0] if marker else lines[-1]).strip("`").strip().rstrip(";"))


def _closed(query: str) -> str:
    """Small models lose count of closing parentheses: add those missing, drop those too many at the end."""
    bare = _QUOTED.sub("", query)
    missing = bare.count("(") - bare.count(")")
    if missing > 0:
        return query + ")" * missing
    while missing < 0 and query.endswith(")"):
        query, missing = query[:-1].rstrip(), missing + 1
    return query
