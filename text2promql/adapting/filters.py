"""The filters of a query: values that the question names are put in, those that only the example's named go."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import replace

from text2promql.adapting.units import unscaled
from text2promql.adapting.work import Work
from text2promql.catalog import Labels
from text2promql.linking import Named, label_words, says_value, values_in
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Node,
    Number,
    Selector,
    has_selector,
    nodes_of,
)
from text2promql.words import words

__all__ = [
    "CODES",
    "SCOPES",
    "SURE",
    "named_of",
    "only_on_some",
    "put_filters",
    "ruled_out",
    "said_whole",
    "stem",
    "whole_of",
]


def put_filters(w: Work) -> None:
    """Values that the question names become matchers; those that only the example's question named go."""
    placed: set[str] = set()
    wanted: set[str] = set()
    differing = _differing(w.tree)
    partly = only_on_some(w.tree) | differing
    grouped = {x for n in nodes_of(w.tree) if isinstance(n, Aggregation) for x in n.labels or ()}

    wholes, parts = _whole(w.tree)

    def change(n: Node) -> Node:
        if not isinstance(n, Selector) or n.metric not in w.facts:
            return n
        asked, told = named_of(w, w.question, n), named_of(w, w.told, n)
        wanted.update(word for named in asked.values() for word in named.words)
        examples = {x for x, named in asked.items() if x in grouped and not w.same and _open_list(named, w.question)}
        placed.update(word for label in examples for word in asked[label].words)
        if any(n is other for other in wholes):
            within = whole_of(w, n)
            outside = (asked.keys() - within if within else set()) or parts
            asked = {label: named for label, named in asked.items() if label not in outside}
        matchers: list[tuple[str, str, str]] = []
        for matcher in n.matchers:
            label = matcher[0]
            open_to_change = (n.metric, label) not in differing
            if label in asked and label not in examples and open_to_change and _replaceable(w, matcher, asked, told):
                placed.update(asked[label].words)
                matchers.append(_replaced(w, matcher, asked[label], told.get(label)))
            elif not _only_told(w, matcher, told, label in examples, (n.metric, label) in partly):
                matchers.append(matcher)
        have = {label for label, _, _ in matchers} | examples
        already = {v for _, op, v in matchers if op == "="}
        for label, named in asked.items():
            there = label in have or set(named.values) <= already
            elsewhere = (n.metric, label) in partly and label not in {x for x, _, _ in n.matchers}
            if not there and (elsewhere or (w.same and not _must(w, named, grouped))):
                continue
            if not there:
                matchers.append(_matcher(named, w))
            placed.update(named.words)
        matchers += [m for named in asked.values() for m in _without(w, named) if any(x[0] == m[0] for x in matchers)]
        matchers = list(dict.fromkeys(matchers))
        matchers += [(x, "!=", "") for x in _present(w, n) if x not in {label for label, _, _ in matchers}]
        return replace(n, matchers=tuple(matchers))

    w.edit(change, "filters")
    w.left += [f"filter {word}" for word in sorted(wanted - placed)]


def _whole(tree: Node) -> tuple[list[Selector], set[str]]:
    """The selectors of the whole that a group's share is of, and the labels of the groups: one named is a part."""
    core, _ = unscaled(tree)
    if not isinstance(core, Binary) or core.sign != "/" or not isinstance(core.left, Aggregation):
        return [], set()
    within = {x for n in nodes_of(core.right) if isinstance(n, Aggregation) for x in n.labels or ()}
    left = {n.metric for n in nodes_of(core.left) if isinstance(n, Selector)}
    right = [n for n in nodes_of(core.right) if isinstance(n, Selector)]
    groups = set(core.left.labels or ()) - within
    return ([n for n in right if n.metric in left], groups) if groups else ([], set())


_OF_WHOLE = re.compile(
    r"\bof (?:all|every|everything|the)\b(.*?)(?:\b(?:is|are|was|were|does|do|did|has|have|came|come|comes|went|go|goes|belongs?|happen\w*)\b|[,?]|$)"
    r"|(?:所有|全部|全体|^|[，,。])([^，,。]*?)(?:里面?|中|当中|之中|内)(?=[,，]|[^，,。]{0,24}(?:占|贡献|比例))"
    r"|占(?:了|到)?((?:全部|所有|全体|整个)[^，,。？?]*?)的?(?:百分|比例|占比|几成|多少)",
    re.IGNORECASE,
)


def said_whole(question: str) -> str:
    """What the question takes a share of, in its own words: "all failed jobs of the last hour"."""
    found = _OF_WHOLE.search(question)
    return next((g for g in found.groups() if g), "") if found else ""


def whole_of(w: Work, n: Selector) -> set[str]:
    """Labels whose values tell the whole: of "所有失败的 job 里，mobile-app 占多大比例" the failed ones."""
    said = said_whole(w.question)
    within = named_of(w, said, n) if said else {}
    every = named_of(w, w.question, n) if within else {}
    return {x for x in within if x in every and within[x].values == every[x].values}


_Matcher = tuple[str, str, str]


def _left_out(w: Work, matcher: _Matcher, told: dict[str, Named]) -> bool:
    """Whether the matcher keeps out what the example's question ruled out and this one does not."""
    label, op, value = matcher
    return op in ("!=", "!~") and value in _told_values(told, label) and not _excluded(w.question)


def _replaceable(w: Work, matcher: _Matcher, asked: dict[str, Named], told: dict[str, Named]) -> bool:
    label, op, _ = matcher
    if label in ("le", "quantile"):
        return False
    if op in ("=", "=~"):
        return True
    if _turned(w, matcher, asked[label]):
        return True
    if w.same or label in CODES or _left_out(w, matcher, told):
        return False
    return not _excluded(w.question) or ruled_out(w.question, asked[label].words)


def _turned(w: Work, matcher: _Matcher, asked: Named) -> bool:
    """Whether the example's query leaves out the very codes that the question asks for: a rate of success for one of
    errors."""
    label, op, value = matcher
    left_out = label in CODES and op in ("!=", "!~") and set(value.split("|")) == set(asked.values)
    return left_out and not w.same and not _complement(w.tree) and not _kept_out(w, w.question, asked)


def _complement(tree: Node) -> bool:
    """Whether it is the rest of a share: 1 - ..."""
    return any(isinstance(n, Binary) and n.sign == "-" and n.left == Number(1) for n in nodes_of(tree))


def _replaced(w: Work, matcher: _Matcher, asked: Named, told: Named | None) -> _Matcher:
    _, op, value = matcher
    same = told is not None and set(told.values) == set(asked.values)
    if op in ("=", "=~") and value and (same or set(value.split("|")) == set(asked.values)):
        if w.same or _kept_out(w, w.question, asked) == _kept_out(w, w.told, asked):
            return matcher
    return _matcher(asked, w)


def _only_told(w: Work, matcher: _Matcher, told: dict[str, Named], example: bool, partly: bool) -> bool:
    """Whether only the example's question asked for the matcher."""
    label, op, value = matcher
    if w.same:
        return False
    if op in ("=", "=~") and value and set(value.split("|")) <= set(_told_values(told, label)) and not partly:
        return True
    if _left_out(w, matcher, told) or (example and op in ("=", "=~")):
        return True
    # pod=~"search-api-.*" for "the search-api pods"
    return op == "=~" and _pattern_of(value, w.told) and not _pattern_of(value, w.question)


_OPEN = re.compile(
    r"^(?:\s*(?:,|、|/|和|或|\band\b|\bor\b)[^.;。；()（）]{0,30}?)?[\s,)]*(?:\.\.\.|…|这些|这类|等等|等(?=[)）,，]|$)|之类|什么的|and so on\b|etc\b|and the like\b|or whatever\b)",
    re.IGNORECASE,
)


def _open_list(named: Named, text: str) -> bool:
    """ "(push, PR and so on)" names values as examples of all there are."""
    low = text.lower()
    ends = [m.end() for word in named.words for m in re.finditer(re.escape(word), low)]
    return any(_OPEN.search(low[end:]) for end in ends)


def _present(w: Work, n: Selector) -> list[str]:
    """Labels that series must have: "cards that have a pod", "没有 pod 的不算"."""
    if w.same:
        return []
    out = []
    for label in w.facts[n.metric].labels.names:
        names = "|".join(re.escape(x) for x in {label.lower(), *label_words(label)})
        have = rf"(?:(?<![没所])有|带着?|挂着?)\s*(?:{names})(?![a-z])|\b(?:with|have|has|having|held by|assigned to|used by) an? (?:{names})\b"
        lack = rf"没有?\s*(?:{names})\b.{{0,12}}(?:不算|不要|不看|别算|除外|排除|去掉)|\bignor\w+ .{{0,24}}\bwithout an? (?:{names})\b"
        if any(
            re.search(p, w.question, re.IGNORECASE) and not re.search(p, w.told, re.IGNORECASE) for p in (have, lack)
        ):
            out.append(label)
    return out


def _told_values(told: dict[str, Named], label: str) -> tuple[str, ...]:
    return told[label].values if label in told else ()


_EXCLUDED = re.compile(
    r"\baside\b|\b(?:left|leave) out\b|\ball\b.{0,24}\bbut\b|\bnot including\b|\bbut not\b|\bbesides\b|\bnot on\b|\bwithout\b|\bexcept\b|\bexclud|\bother than\b|\bleaving out\b|\bnot counting\b|\bapart from\b|\bignoring\b|不含|不包括|除了|除去|除外|以外|排除|不算",
    re.IGNORECASE,
)


def _excluded(text: str) -> bool:
    return bool(_EXCLUDED.search(text))


_BUT = (
    r"(?:\bexcept\b(?: for)?|\bexcluding|\bwithout|\bnot (?:counting|including|on|in)|\bbut not|\bother than|\bapart from|\baside from"
    r"|\bleav(?:e|ing) out|\bleft out|\bignoring|\bbesides|\ball\b[^,.;]{0,24}\bbut|\b(?:did|do|does|is|are|was|were)(?: not|n't)|不是|不含|不包括|除了|除去|排除|不算|不要|去掉|抛开|不在)"
)
_NOT = r"(?:除外|以外|之外|不算|不计|排除|\b(?:is |are )?(?:excluded|left out|aside|excepted|not included)\b)"


def ruled_out(text: str, said: tuple[str, ...]) -> bool:
    """Whether the text names something to leave it out: "all nodes, master-1 excluded", "不算 master-1"."""
    low = text.lower()
    return any(
        re.search(
            rf"(?:{_BUT}[^,，。;；]{{0,24}}?|\bno |非\s*){re.escape(x)}(?:(?![a-z0-9])|s\b)|(?<![a-z0-9]){re.escape(x)}[^,，。;；]{{0,6}}?{_NOT}",
            low,
        )
        for x in said
    )


def _must(w: Work, named: Named, grouped: set[str]) -> bool:
    """ "How do they split into a, b and so on" names values and wants them all."""
    return _surely(named) and not (named.label in grouped and _listed(named.words, w.question))


def _surely(named: Named) -> bool:
    """A name that no ordinary word can be taken for."""
    return all(re.search(r"\d|[-_.]", word) for word in named.words) or named.label in SURE


SCOPES = ("handler", "uri", "path", "url", "cluster", "schema", "datname", "db", "database", "job")
SURE = ("namespace", "service", "application", "deployment", "ingress", "topic", "consumergroup", "instance")


def _listed(words: tuple[str, ...], text: str) -> bool:
    low = text.lower()
    joint = r"\s*(?:,|、|/|\band\b|\bor\b|和|与|跟|或|及|还是)"
    return any(re.search(rf"{re.escape(word)}{joint}|{joint}\s*{re.escape(word)}", low) for word in words)


def _in_one_list(words: tuple[str, ...], text: str) -> bool:
    """Whether two of the words follow each other in a list: "cart and checkout"."""
    said = "|".join(map(re.escape, words))
    return bool(re.search(rf"(?:{said})s?\s*(?:,|、|/|\band\b|\bor\b|和|与|跟|或|及)\s*(?:{said})", text.lower()))


def _pattern_of(value: str, text: str) -> bool:
    stem = re.sub(r"[-.]?\.\*$", "", value)
    return stem != value and len(stem) > 2 and says_value(text, stem)


def only_on_some(tree: Node) -> set[tuple[str, str]]:
    """(metric, label) where a selector of the metric filters by the label and another does not: errors of requests. To
    leave a value out is another filter than to ask for one."""
    have: dict[str, list[set[tuple[str, bool]]]] = defaultdict(list)
    for n in nodes_of(tree):
        if isinstance(n, Selector):
            have[stem(n.metric)].append(_filtered(n))
    out: set[tuple[str, str]] = set()
    for n in nodes_of(tree):
        if isinstance(n, Selector):
            sets = have[stem(n.metric)]
            out |= {(n.metric, label) for label, kind in _filtered(n) if not all((label, kind) in own for own in sets)}
    return out


def _filtered(n: Selector) -> set[tuple[str, bool]]:
    """Labels that a selector filters by, and whether it asks for values of them."""
    return {(label, op in ("=", "=~")) for label, op, _ in n.matchers}


def _differing(tree: Node) -> set[tuple[str, str]]:
    """(metric, label) by which two selectors differ: used and hard of one quota."""
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for n in nodes_of(tree):
        if isinstance(n, Selector):
            for label, _, value in n.matchers:
                values[n.metric, label].add(value)
    return {key for key, seen in values.items() if len(seen) > 1}


def stem(metric: str) -> str:
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
    if job := _job(labels, text):
        found["job"] = job
    for label in _kinds(w) - matched - found.keys():
        said_kinds = [v for v in labels.values.get(label, ()) if len(v) > 2 and not v.isdigit() and says_value(text, v)]
        if len(said_kinds) == 1 and w.asked.unit in ("percent", "ratio"):
            found[label] = Named(label, tuple(said_kinds), tuple(said_kinds))
    for label, op, value in n.matchers:
        if label in found or op not in ("=", "=~") or label in ("le", "quantile", "job"):
            continue
        said = [v for v in labels.values.get(label, []) if says_value(text, v) or says_value(text, _singular(v))]
        if said and not (len(said) == 1 and says_value(w.told, said[0]) and text == w.told and said[0] not in value):
            found[label] = Named(label, tuple(said), tuple(said))
    if text == w.question and not w.same and not ratio:
        found |= _states(w, n, found.keys() | matched)
    return {label: _kept(x, text, labels) for label, x in found.items()}


def _singular(value: str) -> str:
    """pods as pod quotas call them."""
    return value[:-1] if len(value) > 3 and value.isalpha() and value.endswith("s") else value


def _kept(named: Named, text: str, labels: Labels) -> Named:
    """Without what the text rules out, where it names others: "only inserts, no upserts", "4xx, ignoring 499s"."""
    out = [ruled_out(text, (word,)) for word in named.words]
    if all(out):
        said = tuple(v for v in labels.values.get(named.label, ()) if v not in named.values and says_value(text, v))
        return Named(named.label, said, said) if said and _ONLY.search(text) else named
    if not any(out) or len(named.words) != len(named.values) or _in_one_list(named.words, text):
        return named
    pairs = [p for p, gone in zip(zip(named.values, named.words, strict=True), out, strict=True) if not gone]
    return Named(named.label, tuple(v for v, _ in pairs), tuple(word for _, word in pairs), named.partial)


_ONLY = re.compile(r"\bonly\b|\bjust\b|只|仅", re.IGNORECASE)


def _without(w: Work, named: Named) -> list[_Matcher]:
    """Codes ruled out of a class of codes that is asked for: 4xx but no 499."""
    if w.same or named.label not in CODES or not all(v.endswith(("..", "xx")) for v in named.values):
        return []
    said = [c for c in _CODE.findall(w.question) if c.isdigit() and c[0] == named.values[0][0]]
    return [(named.label, "!=", c) for c in dict.fromkeys(said) if ruled_out(w.question, (c,))]


def _job(labels: Labels, text: str) -> Named | None:
    """Of jobs that are one kind of thing, those that the text tells by their last part: "HTTP 拨测" of blackbox-http."""
    jobs = [j for j in labels.values.get("job", ()) if "-" in j]
    kinds = Counter(j.rpartition("-")[0] for j in jobs)
    jobs = [j for j in jobs if kinds[j.rpartition("-")[0]] > 1]
    said = [
        j for j in jobs if re.search(rf"(?<![a-z0-9_-]){re.escape(j.rpartition('-')[2])}(?![a-z0-9_-])", text.lower())
    ]
    return Named("job", tuple(said), tuple(j.rpartition("-")[2] for j in said)) if 0 < len(said) < len(jobs) else None


def _states(w: Work, n: Selector, known: Set[str]) -> dict[str, Named]:
    """Of a label that the query leaves open, a state or a kind that the question says and the example's does not."""
    own = set(words(n.metric))
    out = {}
    for label, values in w.facts[n.metric].labels.values.items():
        if label in known or label in (*SURE, *SCOPES, "le", "quantile") or not 1 < len(values) <= STATES:
            continue
        said = [v for v in values if len(v) > 2 and not v.isdigit() and says_value(w.question, v)]
        said = [v for v in said if not says_value(w.told, v) and not own & set(words(v))]
        if said and len(said) < len(values):
            out[label] = Named(label, tuple(said), tuple(said))
    return out if len(out) == 1 else {}


#: A label with more values than this tells no states.
STATES = 12


def _kinds(w: Work) -> set[str]:
    """Labels by which the query tells kinds of a thing apart: a share may be asked for of one of them."""
    grouping = {x for n in nodes_of(w.tree) if isinstance(n, Aggregation) for x in n.labels or ()}
    return set() if w.same else grouping - {*SURE, *SCOPES, "le"}


#: Labels that hold a status code.
CODES = ("code", "status", "status_code", "response_code", "http_code")
_CODE = re.compile(
    r"(?<![\w.])[1-5](?:\d\d|xx)(?=s?(?![\w%.]))(?!\s*(?:ms|毫秒|秒|seconds|[次个条件台万千]|[KMGT]i?B|bytes|字节|requests|messages|connections))",
    re.IGNORECASE,
)


def _code_matcher(said: str, values: list[str] | tuple[()]) -> str:
    """404 as it is; 5xx as the label writes it: 5xx or 5.. ; empty if the label has none of the kind."""
    if not said.lower().endswith("xx"):
        return said
    for value in values:
        if value.lower() == said.lower():
            return value
    return f"{said[0]}.." if any(len(v) == 3 and v.isdigit() for v in values) else ""


_NOT_CODE = re.compile(
    rf"(?:\bnot\b|n't\b|\bother than\b|\bnon-?|非|不是|没有?)[^,，.。?？]{{0,16}}?{_CODE.pattern}", re.IGNORECASE
)


def _kept_out(w: Work, text: str, named: Named) -> bool:
    """Whether a value is one that shall not be: "did not end in a 5xx"; 1 - ... says so of a status already."""
    if named.label not in CODES:
        return ruled_out(text, named.words)
    return not _complement(w.tree) and (bool(_NOT_CODE.search(text)) or ruled_out(text, named.words))


def _matcher(named: Named, w: Work) -> _Matcher:
    out = not w.same and _kept_out(w, w.question, named)
    if len(named.values) == 1 and not named.values[0].endswith(".."):
        return named.label, "!=" if out else "=", named.values[0]
    return named.label, "!~" if out else "=~", "|".join(named.values)
