"""What a query is a share of, and which part of a whole it tells."""

from __future__ import annotations

import re
from dataclasses import replace

from text2promql.adapting.amounts import to_amount, wants_amount, wants_rate
from text2promql.adapting.filters import SCOPES, SURE, named_of, only_on_some, said_whole, whole_of
from text2promql.adapting.groups import regroup, wants_each, wants_rows
from text2promql.adapting.shell import Shell, wants_growth, wants_part, wants_share
from text2promql.adapting.units import unscaled
from text2promql.adapting.work import Work, rated
from text2promql.linking import Named, spoken_at
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Parens,
    Selector,
    Subquery,
    has_selector,
    nodes_of,
    rewrite,
)

__all__ = ["put_share", "put_sides"]


def _category(w: Work) -> bool:
    """Whether a share is asked for of a count that the question narrows to one kind: "401s as a percentage"."""
    core, _ = unscaled(w.tree)
    if w.asked.unit not in ("percent", "ratio") or w.asked.thresholds:
        return False
    if wants_growth(w) and not _PARTED.search(_GROWN.sub("", w.question)):
        return False  # by how many percent it grew
    names = [n for n in nodes_of(core) if isinstance(n, Selector)]
    if (
        len(names) != 1
        or names[0].metric not in w.facts
        or _SHARES.search(names[0].metric)
        or not (rated(core) or _PARTED.search(w.question))
    ):
        return False
    return any(x.label not in SURE and x.label not in SCOPES for x in named_of(w, w.question, names[0]).values())


_SHARES = re.compile(r"ratio|percent|util|usage$", re.IGNORECASE)
_GROWN = re.compile(
    r"\bby (?:what|how many|how much) percent(?:age)?|\bpercent(?:age)? (?:change|growth|more|less|up|down)",
    re.IGNORECASE,
)
_PARTED = re.compile(r"占|比例|\bshare\b|\bproportion\b|\bfraction\b|\bpercent(?!age points?)", re.IGNORECASE)
_LEFT = re.compile(
    r"\bto spare\b|\bspare\b|\bheadroom\b|\bunused\b|\bfree\b|\bremaining\b|\bstill\b.{0,24}\b(?:open|take|available|left|room)\b|\bleft\b"
    r"|剩|还能|还可以|余量|空闲|没用|未用",
    re.IGNORECASE,
)


_TAKEN = re.compile(
    r"\bfull(?:est)?\b|\bused\b|\btaken\b|\busage\b|\butili[sz]|\bin use\b|用了|已用|使用率|占用|用掉|满", re.IGNORECASE
)


def _other_part(w: Work, core: Node, scale: float) -> bool:
    """What is left in percent where the example tells what is used, and the other way round: 1 - the share."""
    percent = w.asked.unit in ("percent", "ratio") or any(t.unit == "percent" for t in w.asked.thresholds)
    left = bool(_LEFT.search(w.question)), bool(_LEFT.search(w.told))
    taken = bool(_TAKEN.search(w.question)), bool(_TAKEN.search(w.told))
    if not percent or left[0] == left[1] or left[0] == taken[0] or (left[0] and not taken[1]):
        return False
    body = core.body if isinstance(core, Parens) else core
    if isinstance(body, Binary) and body.sign == "-" and body.left == Number(1):
        other = body.right
    elif isinstance(body, Binary) and body.sign == "/" and has_selector(body.left) and has_selector(body.right):
        other = Parens(Binary("-", Number(1), body))
    else:
        return False
    factor = abs(scale - 100) < 1e-9
    w.tree = Binary("*", Number(100), other) if factor else other
    w.changes.append("the other part")
    return True


def _rest(w: Work, core: Node) -> bool:
    """What is left, where the example tells what is used as all without it."""
    body = core.body if isinstance(core, Parens) else core
    left = _LEFT.search(w.question) and not _LEFT.search(w.told) and not _TAKEN.search(w.question)
    if not left or not _TAKEN.search(w.told) or not isinstance(body, Binary) or body.sign != "-":
        return False
    if not has_selector(body.left) or not has_selector(body.right):
        return False
    w.tree, w.taught = body.right, replace(w.taught, unit="")
    w.changes.append("what is left")
    return True


def put_sides(w: Work) -> None:
    """Of a share, what is left or what is used: "connections to spare" where the example tells the percentage."""
    core, scale = unscaled(w.tree)
    shares = ("percent", "ratio")
    if not w.same and (_other_part(w, core, scale) or _rest(w, core)):
        return
    if w.same or w.asked.unit in shares or wants_share(w.question):
        return
    if w.taught.unit not in shares and abs(scale - 100) > 1e-9:
        return
    turned = isinstance(core, Binary) and core.sign == "-" and core.left == Number(1) and wants_amount(w.question)
    if turned and isinstance(core, Binary):
        core = core.right  # how many are missing, where the example tells 1 - the share of those that are there
    whole = _whole_of(core)
    if (
        whole is None
        or not isinstance(core, Binary)
        or any(t.unit == "percent" or t.spoken for t in w.asked.thresholds)
    ):
        return
    if turned:
        w.tree = Binary(core.op.replace("/", "-", 1), whole, core.left)
        w.changes.append("what is missing")
    elif _LEFT.search(w.question) and not _LEFT.search(w.told):
        w.tree = Binary(core.op.replace("/", "-", 1), whole, core.left)
        w.changes.append("what is left")
    elif wants_amount(w.question) or w.asked.unit or re.search(r"多少核|\bcores\b", w.question):
        w.tree = core.left
        w.changes.append("the amount")
        if w.asked.windows and wants_amount(w.question) and not wants_rate(w.question):
            w.edit(to_amount, "amount in the window")
    else:
        return
    w.taught = replace(w.taught, unit="")


def _whole_of(core: Node) -> Node | None:
    """What a plain ratio of two measures has below its line."""
    if not isinstance(core, Binary) or core.sign != "/" or isinstance(core.left, Binary):
        return None
    whole = core.right.body if isinstance(core.right, Parens) else core.right
    if isinstance(whole, Binary) and whole.sign in (">", "!=") and isinstance(whole.right, Number):
        whole = whole.left
    plain = has_selector(core.left) and has_selector(whole) and not isinstance(whole, Binary)
    return whole if plain else None


def put_share(w: Work, shell: Shell) -> None:
    """ "What percentage of all X does each Y have": the core over its own total."""
    if w.same or wants_part(w, shell):
        return
    if _of_other(w):
        return
    core, _ = unscaled(w.tree)
    told = wants_share(w.told) or (w.asked.unit not in ("percent", "ratio") and _own_total(core))
    if told and (not wants_share(w.question) or _parts(w, core)):
        if not _unshare(w) and wants_share(w.question):
            return
    elif told or (shell.limit and not w.asked.thresholds):
        return
    if not wants_share(w.question):
        if not _category(w):
            return
        if not wants_rows(w.question):
            regroup(w, ())
    _divide(w)


_AS_PART = re.compile(
    r"占|除以|\bas (?:an? )?(?:percent(?:age)?|%|share|fraction|proportion|ratio) of\b|\brelative to\b|\bfor (?:every|each)\b|\bdivided by\b",
    re.IGNORECASE,
)
_PART_OF = r"percent(?:age)?|%|share|fraction|proportion|ratio|占|比例|百分|几成"


def _of_other(w: Work) -> bool:
    """One state as a share of another one: "idle connections as a percentage of the active ones"."""
    core, _ = unscaled(w.tree)
    base = core.left if isinstance(core, Binary) and core.sign == "/" else core
    selectors = [n for n in nodes_of(base) if isinstance(n, Selector)]
    if isinstance(base, Binary) or len(selectors) != 1 or selectors[0].metric not in w.facts:
        return False
    if {n.metric for n in nodes_of(core) if isinstance(n, Selector)} != {selectors[0].metric}:
        return False
    if not re.search(_PART_OF, w.question, re.IGNORECASE):
        return False
    for named in named_of(w, w.question, selectors[0]).values():
        parts = _one_of_other(named, w.question)
        if parts:
            of = [_only(base, named.label, value) for value in parts]
            w.tree, w.taught = Binary("/", of[0], of[1]), replace(w.taught, unit="")
            w.changes.append(f"{parts[0]} of {parts[1]}")
            return True
    return False


def _one_of_other(named: Named, text: str) -> tuple[str, str] | None:
    """The two values that a text sets against each other, the part first."""
    if len(named.values) != 2 or len(named.words) != 2:
        return None
    low = text.lower()
    places = [max(spoken_at(word, low)) if spoken_at(word, low) else -1 for word in named.words]
    (first, one), (second, other) = sorted(zip(places, named.values, strict=True))
    between = low[first:second]
    return (one, other) if first >= 0 and _AS_PART.search(between) and len(between) < 40 else None


def _only(tree: Node, label: str, value: str) -> Node:
    def change(n: Node) -> Node:
        if isinstance(n, Aggregation):
            return replace(n, labels=tuple(x for x in n.labels or () if x != label) or None)
        if not isinstance(n, Selector):
            return n
        return replace(n, matchers=(*(m for m in n.matchers if m[0] != label), (label, "=", value)))

    return rewrite(tree, change)


def _own_total(core: Node) -> bool:
    """Whether the core is divided by the total of itself."""
    if not isinstance(core, Binary) or core.sign != "/" or not isinstance(core.left, Aggregation):
        return False
    metrics = [{n.metric for n in nodes_of(side) if isinstance(n, Selector)} for side in (core.left, core.right)]
    whole = core.right.args[0] if isinstance(core.right, Call) and core.right.function == "scalar" else core.right
    if metrics[0] != metrics[1] or not isinstance(whole, Aggregation):
        return False
    return set(whole.labels or ()) < set(core.left.labels or ())


def _unshare(w: Work) -> bool:
    """The core without the total it is divided by, which only the example's question asked for."""
    core, _ = unscaled(w.tree)
    if not isinstance(core, Binary) or not _own_total(core):
        return False
    part = only_on_some(core) - _named(w, core)
    w.tree = rewrite(core.left, lambda n: _without(n, part) if isinstance(n, Selector) else n)
    w.taught = replace(w.taught, unit="")
    w.changes.append("no share")
    return True


def _named(w: Work, core: Node) -> set[tuple[str, str]]:
    """(metric, label) of what the question names."""
    selectors = [n for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts]
    return {(n.metric, x.label) for n in selectors for x in named_of(w, w.question, n).values()}


def _without(n: Selector, part: set[tuple[str, str]]) -> Selector:
    return replace(n, matchers=tuple(m for m in n.matchers if (n.metric, m[0]) not in part))


def _divide(w: Work) -> None:
    """The core over its own total: of everything, or of each group where the question names a kind."""
    core, _ = unscaled(w.tree)
    some = any(named_of(w, w.question, n) for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts)
    upper, _ = unscaled(core)
    if some and isinstance(upper, Binary) and upper.sign == "/" and has_selector(upper.left):
        core = upper.left  # the percentage of slow requests, asked for as a share of all slow requests
        w.taught = replace(w.taught, unit="")
    if isinstance(core, Binary | Parens | Subquery):
        w.left.append("share")
        return
    named = _parts(w, core)
    labels = set(core.labels or ()) if isinstance(core, Aggregation) else set()
    everything = rewrite(
        core,
        lambda n: (
            replace(n, matchers=tuple(m for m in n.matchers if (n.metric, m[0]) not in named))
            if isinstance(n, Selector)
            else n
        ),
    )
    if (
        named
        and labels
        and not labels & {label for _, label in named}
        and (not said_whole(w.question) or wants_each(w.question))
    ):
        w.tree = Binary("/", core, everything)  # of each group's own total
        w.changes.append("share of each")
        return
    part = _summed(core) if named else _summed(core, each=True)
    w.tree = Binary("/", part, Call("scalar", (_summed(everything),)))
    w.changes.append("share of the total")


def _parts(w: Work, core: Node) -> set[tuple[str, str]]:
    """(metric, label) of the values that tell the part; those that tell the whole stay on both sides."""
    selectors = [n for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts]
    named = _named(w, core)
    wide = {(n.metric, label) for n in selectors for label in whole_of(w, n)}
    if wide and (named - wide or wants_each(w.question)):
        return named - wide
    kinds = {x for x in named if x[1] not in SURE and x[1] not in SCOPES}
    labels = set(core.labels or ()) if isinstance(core, Aggregation) else set()
    if not kinds and labels - {label for _, label in named} and wants_each(w.question):
        return set()  # "of the topic orders, how much does each broker take"
    return kinds or named


def _summed(node: Node, each: bool = False) -> Node:
    """One number, or one for `each` group; means are summed, for shares are of sums."""
    if not isinstance(node, Aggregation):
        return node if each else Aggregation("sum", node)
    return replace(node, labels=node.labels if each else None, op="sum" if node.op == "avg" else node.op)
