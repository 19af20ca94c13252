"""PromQL as data: parsing with positions, printing, what a query reads, its skeleton and its explanation."""

from text2promql.promql.explain import explain, plan
from text2promql.promql.places import Kind, Place, places
from text2promql.promql.printer import to_text
from text2promql.promql.selectors import Selector, functions, grouping_labels, metrics, selectors
from text2promql.promql.skeleton import skeleton
from text2promql.promql.syntax import parse

__all__ = [
    "Kind", "Place", "Selector", "explain", "functions", "grouping_labels", "metrics", "parse", "places", "plan",
    "selectors", "skeleton", "to_text",
]  # fmt: skip
