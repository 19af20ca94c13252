"""Reading the model's reply: reasoning, then the query after `PromQL:`."""

from __future__ import annotations

import re

__all__ = ["query_in"]

_FENCE = re.compile(r"```(?:promql|\w*)?\s*\n?(.*?)(?:```|$)", re.DOTALL)


def query_in(reply: str) -> str:
    """The query of a reply, or an empty string. A fenced block or a bare last line will do, too."""
    _, marker, after = reply.rpartition("PromQL:")
    text = after if marker else reply
    fenced = _FENCE.search(text)
    if fenced:
        text = fenced.group(1)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return ""
    query = lines[0] if marker and not fenced else " ".join(lines) if fenced else lines[-1]
    return query.strip("`").strip().rstrip(";")
