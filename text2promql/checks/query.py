"""The query under test: its text, its parse tree and where its names stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

import promql_parser

from text2promql import promql

__all__ = ["Query"]


@dataclass(frozen=True)
class Query:
    text: str
    expr: promql_parser.Expr

    @classmethod
    def parse(cls, text: str) -> Query:
        """Raises BadQuery."""
        return cls(text, promql.parse(text))

    def span(self, name: str) -> tuple[int, int]:
        """Where a name first stands in the text, (0, 0) if nowhere."""
        found = re.search(rf"(?<![\w:]){re.escape(name)}(?![\w:])", self.text)
        return found.span() if found else (0, 0)
