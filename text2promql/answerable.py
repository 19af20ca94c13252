"""Whether a question can be answered from this backend's metrics, before any model is asked."""

from __future__ import annotations

import re

from text2promql.retrieval import Found

__all__ = ["answerable"]

#: Figures measured on the corpus: each phrasing against the index without itself, and on questions
#: that no metric answers. Below FLOOR nothing is near; the sum weighs shared words in.
FLOOR = 0.86
NEAR = 0.93
WORDS = 0.12
SAME = 0.95

_ACTION_EN = re.compile(
    r"^(?:please |can you |could you )?"
    r"(?:restart|delete|remove|scale|kill|drain|cordon|deploy|roll ?back|fix|create|stop)"
    r" (?:the|my|all|this|that|our|a|pod|pods|node|deployment|service|container)\b",
    re.IGNORECASE,
)
_ACTION_ZH = re.compile(
    r"^(?:请|麻烦|帮我|帮忙|给我)*(?:重启|删除|删掉|扩容|缩容|回滚|部署|停掉|修复|驱逐)(?:一下|下|掉)"
    r"|^(?:请|麻烦|帮我|帮忙)*把.*(?:重启|删|扩容|缩容|回滚|停)"
)


def answerable(question: str, found: Found) -> bool:
    """False for orders to do something, and where no stored example is near enough to lean on."""
    if _ACTION_EN.search(question) or _ACTION_ZH.search(question):
        return False
    near = found.similarity >= FLOOR and found.similarity + WORDS * found.coverage >= NEAR
    return found.similarity >= SAME or near
