"""The query under test: its text, its parse tree and where its names stand."""

from __future__ import annotations

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

    def span(self, kind: promql.Kind, text: str, label: str | None = None) -> tuple[int, int]:
        """Where a name, or a value of a label, first stands in the text, (0, 0) if nowhere."""
        for place in promql.places(self.text):
            if place.kind == kind and place.text == text and label in (None, place.label):
                return place.start, place.end
        return 0, 0
