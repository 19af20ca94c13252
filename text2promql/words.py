"""Words of a text in English and Chinese, for lexical retrieval; metric names fall into their parts."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

import jieba
import snowballstemmer

__all__ = ["has_chinese", "words"]

jieba.setLogLevel(logging.WARNING)

_STEM = snowballstemmer.stemmer("english")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]+\d*", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STOP = frozenset(
    "a an and are as at be by for from has have how in is it me my of on or per please show tell that the "
    "their there these this to us was were what when which who will with you give each every "
    "的 了 是 在 我 你 请 帮 帮我 一下 查 查一下 看 看看 有 哪些 多少 各 每个 各个 给 给我 想 知道 "
    "什么 啥 呢 吗 吧 和 与 及 下".split()
)


def has_chinese(text: str) -> bool:
    return bool(_CHINESE.search(text))


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words without stop words and bare numbers (slots); plurals lose their s, Chinese is segmented."""
    out: list[str] = []
    for chunk in _CHINESE.findall(text):
        out += [w for w in jieba.cut_for_search(chunk) if w not in _STOP]
    for word in _WORD.findall(_CAMEL.sub(" ", _CHINESE.sub(" ", text))):
        low = word.lower()
        if low not in _STOP:
            out.append(_STEM.stemWord(low) if low.isalpha() and len(low) > 3 else low)
    return tuple(out)
