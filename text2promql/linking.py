"""Linking: label values of the nearest metrics that the question names ("checkout", "node-3")."""

from __future__ import annotations

import re
from collections.abc import Mapping

from text2promql.catalog import Labels

__all__ = ["named_values"]

#: Labels whose values are structure, not names that people say.
_STRUCTURE = frozenset({"le", "quantile", "job", "uid", "id"})
_SHORTEST = 3


def named_values(question: str, labels: Mapping[str, Labels]) -> dict[str, list[str]]:
    """Label to the values that stand in the question as whole words, longest first."""
    found: dict[str, dict[str, None]] = {}
    low = question.lower()
    for known in labels.values():
        for label, values in known.values.items():
            if label in _STRUCTURE:
                continue
            for value in values:
                if len(value) >= _SHORTEST and _stands_in(value.lower(), low):
                    found.setdefault(label, {})[value] = None
    named = [v for values in found.values() for v in values]
    return {
        label: kept
        for label, values in found.items()
        if (kept := [v for v in sorted(values, key=len, reverse=True) if not _part_of_other(v, named)])
    }


def _stands_in(value: str, text: str) -> bool:
    return re.search(rf"(?<![a-z0-9_.-]){re.escape(value)}(?![a-z0-9_-])", text) is not None


def _part_of_other(value: str, named: list[str]) -> bool:
    return any(value != other and value in other for other in named)
