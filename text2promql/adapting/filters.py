"""The filters of a query: values that the question names are put in, those that only the example's named go."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from text2promql.adapting.work import Work, has_selector
from text2promql.linking import Named, says_value, values_in
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Node,
    Selector,
    nodes_of,
)

__all__ = ["CODES", "SCOPES", "SURE", "named_of", "put_filters"]


def put_filters(w: Work) -> None:  # noqa: C901  a decision for each matcher and each name
    """Values that the question names become matchers; those that only the example's question named go."""
    placed: set[str] = set()
    wanted: set[str] = set()
    differing = _differing(w.tree)
    partly = _only_on_some(w.tree) | differing
    # "how do they split into a, b and so on" names values and wants them all.
    grouped = {x for n in nodes_of(w.tree) if w.same and isinstance(n, Aggregation) for x in n.labels or ()}

    def change(n: Node) -> Node:  # noqa: C901
        if not isinstance(n, Selector) or n.metric not in w.facts:
            return n
        asked, told = named_of(w, w.question, n), named_of(w, w.told, n)
        wanted.update(word for named in asked.values() for word in named.words)
        matchers: list[tuple[str, str, str]] = []
        for label, op, value in n.matchers:
            positive = op in ("=", "=~") and value != ""
            own = set(value.split("|")) if positive else set()
            left_out = op in ("!=", "!~") and value in _told_values(told, label) and not _excluded(w.question)
            if (
                label in asked
                and not (left_out and not w.same)
                and label not in ("le", "quantile")
                and not (label in CODES and op in ("!=", "!~"))
                and (n.metric, label) not in differing
                and not (op in ("!=", "!~") and (w.same or _excluded(w.question)))
            ):
                placed.update(asked[label].words)
                same = label in told and set(told[label].values) == set(asked[label].values)
                matchers.append(
                    (label, op, value)
                    if positive and (same or own == set(asked[label].values))
                    else _matcher(asked[label])
                )
            elif (
                label in told
                and positive
                and own <= set(told[label].values)
                and not w.same
                and (n.metric, label) not in partly
            ):
                continue  # only the example's question named it
            elif left_out and not w.same:
                continue  # "all but ..." was asked of the example only
            elif op == "=~" and not w.same and _pattern_of(value, w.told) and not _pattern_of(value, w.question):
                continue  # pod=~"search-api-.*" for "the search-api pods"
            else:
                matchers.append((label, op, value))
        have = {label for label, _, _ in matchers}
        already = {v for _, op, v in matchers if op == "="}
        for label, named in asked.items():
            if label in have or set(named.values) <= already:
                placed.update(named.words)
                continue
            if (n.metric, label) in partly:
                continue
            if w.same and (not _surely(named) or (label in grouped and _listed(named.words, w.question))):
                continue
            matchers.append(_matcher(named))
            placed.update(named.words)
        return replace(n, matchers=tuple(matchers))

    w.edit(change, "filters")
    w.left += [f"filter {word}" for word in sorted(wanted - placed)]


def _told_values(told: dict[str, Named], label: str) -> tuple[str, ...]:
    return told[label].values if label in told else ()


_EXCLUDED = re.compile(
    r"\baside\b|\b(?:left|leave) out\b|\ball\b.{0,24}\bbut\b|\bnot including\b|\bbut not\b|\bbesides\b|\bnot on\b|\bwithout\b|\bexcept\b|\bexclud|\bother than\b|\bleaving out\b|\bnot counting\b|\bapart from\b|\bignoring\b|不含|不包括|除了|除去|除外|以外|排除|不算",
    re.IGNORECASE,
)


def _excluded(text: str) -> bool:
    return bool(_EXCLUDED.search(text))


def _surely(named: Named) -> bool:
    """A name that no ordinary word can be taken for."""
    return all(re.search(r"\d|[-_.]", word) for word in named.words) or named.label in SURE


SCOPES = ("handler", "uri", "path", "url", "cluster", "schema", "datname", "db", "database", "job")
SURE = ("namespace", "service", "application", "deployment", "ingress", "topic", "consumergroup", "instance")


def _listed(words: tuple[str, ...], text: str) -> bool:
    low = text.lower()
    joint = r"\s*(?:,|、|/|\band\b|\bor\b|和|与|跟|或|及|还是)"
    return any(re.search(rf"{re.escape(word)}{joint}|{joint}\s*{re.escape(word)}", low) for word in words)


def _pattern_of(value: str, text: str) -> bool:
    stem = re.sub(r"[-.]?\.\*$", "", value)
    return stem != value and len(stem) > 2 and says_value(text, stem)


def _only_on_some(tree: Node) -> set[tuple[str, str]]:
    """(metric, label) where a selector of the metric filters by the label and another does not: errors of requests."""
    have: dict[str, list[set[str]]] = defaultdict(list)
    for n in nodes_of(tree):
        if isinstance(n, Selector):
            have[_stem(n.metric)].append({label for label, op, _ in n.matchers if op in ("=", "=~")})
    out: set[tuple[str, str]] = set()
    for n in nodes_of(tree):
        if isinstance(n, Selector):
            sets = have[_stem(n.metric)]
            out |= {(n.metric, label) for own in sets for label in own if not all(label in other for other in sets)}
    return out


def _differing(tree: Node) -> set[tuple[str, str]]:
    """(metric, label) by which two selectors differ: used and hard of one quota."""
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for n in nodes_of(tree):
        if isinstance(n, Selector):
            for label, _, value in n.matchers:
                values[n.metric, label].add(value)
    return {key for key, seen in values.items() if len(seen) > 1}


def _stem(metric: str) -> str:
    return re.sub(r"_(?:bucket|count|sum)$", "", metric)


def named_of(w: Work, text: str, n: Selector) -> dict[str, Named]:
    """Named values of the metric's labels; a label that the query filters by may be named by an ordinary word."""
    labels = w.facts[n.metric].labels
    found = {x.label: x for x in values_in(text, labels, w.ordinary)}
    matched = {label for label, _, _ in n.matchers}
    ratio = any(isinstance(x, Binary) and has_selector(x.left) and has_selector(x.right) for x in nodes_of(w.tree))
    for label in (x for x in CODES if x in labels.names and x not in found and (x in matched or not ratio)):
        said_codes = [c for c in _CODE.findall(text) if c.lower().endswith("xx") or c in labels.values.get(label, ())]
        known = [_code_matcher(c, labels.values.get(label, ())) for c in said_codes]
        if said_codes and all(known):
            found[label] = Named(label, tuple(v for v in known if v), tuple(said_codes))
            break
    for label in _kinds(w) - matched - found.keys():
        said_kinds = [v for v in labels.values.get(label, ()) if len(v) > 2 and not v.isdigit() and says_value(text, v)]
        if len(said_kinds) == 1 and w.asked.unit in ("percent", "ratio"):
            found[label] = Named(label, tuple(said_kinds), tuple(said_kinds))
    for label, op, value in n.matchers:
        if label in found or op not in ("=", "=~") or label in ("le", "quantile", "job"):
            continue
        said = [v for v in labels.values.get(label, []) if says_value(text, v)]
        if said and not (len(said) == 1 and says_value(w.told, said[0]) and text == w.told and said[0] not in value):
            found[label] = Named(label, tuple(said), tuple(said))
    return found


def _kinds(w: Work) -> set[str]:
    """Labels by which the query tells kinds of a thing apart: a share may be asked for of one of them."""
    grouping = {x for n in nodes_of(w.tree) if isinstance(n, Aggregation) for x in n.labels or ()}
    return set() if w.same else grouping - {*SURE, *SCOPES, "le"}


#: Labels that hold a status code.
CODES = ("code", "status", "status_code", "response_code", "http_code")
_CODE = re.compile(
    r"(?<![\w.])[1-5](?:\d\d|xx)(?=s?(?![\w%.]))(?!\s*(?:ms|毫秒|秒|seconds|次|个|MB|GB))", re.IGNORECASE
)


def _code_matcher(said: str, values: list[str] | tuple[()]) -> str:
    """404 as it is; 5xx as the label writes it: 5xx or 5.. ; empty if the label has none of the kind."""
    if not said.lower().endswith("xx"):
        return said
    for value in values:
        if value.lower() == said.lower():
            return value
    return f"{said[0]}.." if any(len(v) == 3 and v.isdigit() for v in values) else ""


def _matcher(named: Named) -> tuple[str, str, str]:
    if len(named.values) == 1 and not named.values[0].endswith(".."):
        return named.label, "=", named.values[0]
    return named.label, "=~", "|".join(named.values)
