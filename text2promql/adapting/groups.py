"""The grouping of a query: by what the question wants rows, or that it wants one number."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from text2promql.adapting.amounts import wants_amount
from text2promql.adapting.filters import named_of
from text2promql.adapting.shell import Shell, counts_things, wants_count, wants_peak, wants_rank
from text2promql.adapting.units import dimension_of, unscaled
from text2promql.adapting.work import Work, ranked, rated
from text2promql.linking import OWNERS, asked_groups, label_words
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Selector,
    has_selector,
    nodes_of,
    rewrite,
)
from text2promql.words import words

__all__ = ["put_groups", "put_mean", "put_number", "regroup", "wants_each", "wants_rows"]

_TOTAL = re.compile(
    r"\badding up\b|\badd(?:ed)? up\b|\bin total\b|\btogether\b(?! with)|^(?:(?:what(?:'s| is)|show(?: me)?|give me|find) )?(?:the )?total\b|\bacross (?:all|our|the)\b|合起来|[合放加]在?一起|\baltogether\b|\bcombined\b|\boverall\b|\btotal number\b|\bfleet-?wide\b|\bwhole cluster\b|\bcluster-wide\b|总共|一共|合计|加起来|总量|总数|总和|总计|总的?(?=[A-Z\u4e00-\u9fff])|全集群|整个集群",
    re.IGNORECASE,
)


def wants_rows(question: str) -> bool:
    return bool(_SPREAD.search(question))


def wants_each(question: str) -> bool:
    return bool(_EACH.search(question))


def _one_number(w: Work) -> bool:
    """Whether an amount is asked for of one thing: "how many slow queries did checkout have"."""
    if not wants_amount(w.question) or wants_rows(w.question) or w.asked.thresholds:
        return False
    known = [n for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts]
    return all(len(x.values) == 1 for n in known for x in named_of(w, w.question, n).values())


def put_groups(w: Work, shell: Shell) -> None:
    """Grouping labels that the question asks for in so many words; none where it wants the total."""
    inner = [n for n in nodes_of(w.tree) if isinstance(n, Aggregation) and not ranked(n) and n.op != "count_values"]
    metrics = [n.metric for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts]
    if not metrics or w.same or _counted_by(w, shell, inner, metrics):
        return
    if not inner:
        _gather(w, shell, metrics)
        return
    levels = {frozenset(n.labels or ()) - {"le"} for n in inner}
    joined = any(isinstance(n, Binary) and " on " in f"{n.op} " for n in nodes_of(w.tree))
    if len(levels) != 1 or any(n.without for n in inner) or joined:
        return
    current = next(iter(levels))
    known = _telling(w, metrics, current)
    told = asked_groups(w.told, known, current, w.usual)
    asked = _asked(w, shell, known, current)
    if not asked:
        kept = _still_wanted(w, shell, inner[0], told)
        if kept is not None and set(kept) != current:
            regroup(w, kept)
            w.changes.append(f"by {', '.join(kept)}" if kept else "in total")
        return
    if asked == told:
        return
    finest = [n.labels[-1] for n in inner if n.labels]
    if len(asked) == 1 and asked[0] in finest and len(current) > 1 and not _in_total(w, shell):
        return  # "which containers" by namespace, pod and container: those tell which it is
    if set(asked) != current:
        if _in_total(w, shell) and set(asked) < current and all(n.op in ("max", "min") for n in inner):
            w.edit(lambda n: Aggregation("sum", n, tuple(asked)) if n in inner else n, f"by {', '.join(asked)}")
            return
        regroup(w, tuple(asked))
        w.changes.append(f"by {', '.join(asked)}")


def _asked(w: Work, shell: Shell, known: Collection[str], current: Collection[str]) -> list[str]:
    if _one_total(w, shell) and not _ROWS.search(w.question):
        return []  # "those two services together"
    return _owned(w, _with_listed(w, asked_groups(w.question, known, current, w.usual)), known)


def _with_listed(w: Work, asked: list[str]) -> list[str]:
    """ "502、503 和 504 各多少", "cart versus checkout": a row for each of them."""
    known = [n for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts]
    far = 16 if asked else 32
    out = list(asked)
    for named in (x for n in known[:1] for x in named_of(w, w.question, n).values() if len(x.words) > 1):
        said = "|".join(re.escape(word) for word in named.words)
        apart = (
            rf"(?:{said})[^。;()（）]{{0,{far}}}?(?:各(?!个|种|类)|分别|\beach\b(?! [a-z])|\brespectively\b|\bseparately\b)"
            rf"|(?:{said})[^,，。;]{{0,24}}(?:\bvs\b|\bversus\b|对比)[^,，。;]{{0,24}}(?:{said})"
        )
        if named.label not in (*out, "job") and re.search(apart, w.question, re.IGNORECASE):
            out.append(named.label)
    return out


def _owned(w: Work, asked: list[str], known: Collection[str]) -> list[str]:
    """With what a part belongs to, if the question names none: the partitions of all topics are not one."""
    fixed = {a for n in nodes_of(w.tree) if isinstance(n, Selector) for a, op, _ in n.matchers if op == "="}
    out = []
    for label in asked:
        owners = [x for x in OWNERS.get(label, ()) if x in known or x in fixed]
        out += [*(owners[:1] if not any(x in fixed or x in asked for x in owners) else ()), label]
    return out


def _still_wanted(w: Work, shell: Shell, inner: Aggregation, told: list[str]) -> tuple[str, ...] | None:
    """Of the example's groups, which a question wants that asks for none; None for all of them."""
    if _one_total(w, shell) and not _told_total(w) and not _ROWS.search(w.question):
        return ()
    if not told or (w.asked.thresholds and wants_count(w.question)):
        return None
    if _one_number(w):
        return ()
    named = _names(w)
    if not named or wants_rows(w.question):
        return None
    return tuple(x for x in inner.labels or () if x in named or (x != "le" and _mentioned(x, w)))


def _in_total(w: Work, shell: Shell) -> bool:
    """Whether some are taken together; "how many in total are over 5" counts those that are."""
    state = shell.limit is not None and shell.limit[0] in ("==", "!=")
    counted = (bool(w.asked.thresholds) or state) and wants_count(w.question)
    return bool(_TOTAL.search(w.question)) and not counted


def _one_total(w: Work, shell: Shell) -> bool:
    """Whether all are taken together: of a ranking the total is that of each."""
    return _in_total(w, shell) and not wants_rank(w.question, w.asked)


def _told_total(w: Work) -> bool:
    return bool(_TOTAL.search(w.told)) and (wants_each(w.question) or not wants_each(w.told))


def _names(w: Work) -> set[str]:
    """Labels of which the question names values."""
    known = [n for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts]
    return {label for n in known for label in named_of(w, w.question, n)}


def _mentioned(label: str, w: Work) -> bool:
    """Whether the question says what the label is called, and not as a word of what is measured: CPU usage."""
    low = w.question.lower()
    measured = {x for n in nodes_of(w.tree) if isinstance(n, Selector) for x in words(n.metric)}
    return any(
        word in low and (f"{word}s" in low or not set(words(word)) <= measured)
        for word in (label.lower(), *label_words(label))
    )


#: "Per second" is no row.
_PER = r"\b(?:each|every|per)\b(?! ?(?:second|minute|hour|day|sec|min|s)\b)"
_ROWS = re.compile(rf"{_PER}|\b(?:by|respective|which)\b|各|每(?![秒分小天])|分别|按|哪|谁", re.IGNORECASE)
_EACH = re.compile(
    rf"{_PER}|\b(?:by|respective|separately|individually)\b|各|每(?![秒分小天])|分[别开]|按", re.IGNORECASE
)
#: Words of a question that wants a row for each of something.
_SPREAD = re.compile(
    rf"{_PER}|\b(?:by|which|list|show|top|bottom|respective|separately|individually|split|break|across|among)\b|哪|各|每(?![秒分小天])|分[别开组布]|按|谁|排[名行序]|最(?![近新后初])(?![高低大小多少].{0, 2}[冲到降只达])",
    re.IGNORECASE,
)


def _telling(w: Work, metrics: list[str], current: Collection[str]) -> list[str]:
    """Labels that all the metrics have, without those that tell nothing apart: all ports are port 1."""
    first = w.facts[metrics[0]].labels
    shared = [x for x in first.names if all(x in w.facts[m].labels.names for m in metrics)]
    return [x for x in shared if x in current or len(first.values.get(x, ("", ""))) > 1]


def _counted_by(w: Work, shell: Shell, inner: list[Aggregation], metrics: list[str]) -> bool:
    """ "How many cards per node are hotter than 60": the cards are counted, so the groups are those of the count."""
    if not (w.asked.thresholds and wants_count(w.question) and wants_each(w.question)):
        return False
    known = w.facts[metrics[0]].labels.names
    current = {x for n in inner for x in n.labels or ()} - {"le"}
    asked = asked_groups(w.question, known, current, w.usual)
    if not asked or not inner:
        shell.count_by = tuple(asked) or None
        return bool(asked)
    if set(asked) < current:
        shell.count_by = tuple(asked)
        return True
    level = inner[0].body
    if len(inner) == 1 and set(asked) == current and inner[0].op == "count" and w.tree == inner[0]:
        w.tree, shell.count_by = level, tuple(asked)
        return True
    if len(inner) == 1 and set(asked) == current and inner[0].op != "count" and isinstance(level, Selector):
        w.edit(lambda n: level if n == inner[0] else n, "each")
        shell.count_by = tuple(asked)
        return True
    return False


def _gather(w: Work, shell: Shell, metrics: list[str]) -> None:
    """Levels without an aggregation, asked for in total or by some of their labels."""
    joins = [n for n in nodes_of(w.tree) if isinstance(n, Binary) and (" on " in f"{n.op} " or "ignoring" in n.op)]
    if len(joins) == 1 and joins[0].sign == "/" and _TOTAL.search(w.question) and not _TOTAL.search(w.told):
        plain = (Selector, Aggregation)
        if isinstance(joins[0].left, plain) and isinstance(joins[0].right, plain):
            sides = Binary("/", Aggregation("sum", joins[0].left), Aggregation("sum", joins[0].right))
            w.edit(lambda n: sides if n == joins[0] else n, "in total")
    if joins:
        return
    known = _telling(w, metrics, ())
    asked = _owned(w, asked_groups(w.question, known, (), w.usual), known)
    told = _owned(w, asked_groups(w.told, known, (), w.usual), known)
    total = _one_total(w, shell) and not _told_total(w)
    if asked == told and not total:
        return
    fixed = {a for n in nodes_of(w.tree) if isinstance(n, Selector) for a, op, _ in n.matchers if op == "="}
    varying = {x for x in known if len(w.facts[metrics[0]].labels.values.get(x, ())) > 1} - fixed - set(asked)
    shared = any(isinstance(n, Binary) and has_selector(n.right) for n in nodes_of(w.tree))
    if not (
        total or (asked and varying - {"job"} and (not shared or wants_each(w.question) or _TOTAL.search(w.question)))
    ):
        return  # "which hosts are fuller than": the levels tell which it is
    peak = wants_peak(w.question, w.asked)
    op = "avg" if peak == "avg_over_time" else "sum"

    def change(n: Node) -> Node:
        level = isinstance(n, Selector) and n.range is None
        over = isinstance(n, Call) and any(isinstance(x, Selector) and x.range for x in n.args)
        return Aggregation(op, n, tuple(asked) or None) if level or over else n

    w.edit(change, f"{op} by {', '.join(asked)}" if asked else "in total")


def put_number(w: Work) -> None:
    """How many things each group has, where the example tells how big they are: "how many claims per storage class"."""
    core, _ = unscaled(w.tree)
    if w.same or not wants_count(w.question) or w.asked.thresholds or w.asked.unit or rated(core):
        return
    if not isinstance(core, Aggregation) or core.op not in ("sum", "max", "min", "avg") or not core.labels:
        return
    selectors = [n for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts]
    things = {x for n in selectors for x in w.facts[n.metric].labels.names} - {*core.labels, "job", "le"}
    if dimension_of(core, w.facts) in ("size", "time") and counts_things(w, things):
        w.tree = replace(core, op="count")
        w.changes.append("how many")


_ONE_EACH = re.compile(r"\b(?:each|every|per|by|which|list|respective|among)\b|哪|各|每|分别|按|谁|排", re.IGNORECASE)


def put_mean(w: Work, shell: Shell) -> None:
    """The mean of some levels: "how busy are the nodes on average", "average temperature per rack"."""
    core, _ = unscaled(w.tree)
    if w.same or w.asked.windows or wants_peak(w.question, w.asked) != "avg_over_time" or shell.count is not None:
        return
    level = core.body if isinstance(core, Aggregation) and core.op in ("sum", "max", "min") else core
    if not isinstance(level, Selector) or level.metric not in w.facts or level.range is not None:
        return
    if w.facts[level.metric].type != "gauge":
        return
    if isinstance(core, Aggregation):
        if wants_peak(w.told, w.taught) != "avg_over_time":
            w.edit(lambda n: replace(core, op="avg") if n == core else n, "mean of each")
    elif not (shell.limit or w.asked.k or w.asked.thresholds or _ONE_EACH.search(w.question)):
        w.edit(lambda n: Aggregation("avg", n) if n == core else n, "mean of all")


def regroup(w: Work, labels: tuple[str, ...]) -> None:
    def change(n: Node) -> Node:
        if isinstance(n, Aggregation) and not ranked(n) and n.op != "count_values":
            le = ("le",) if "le" in (n.labels or ()) else ()
            return replace(n, labels=(*le, *labels) or None)
        return n

    w.tree = rewrite(w.tree, change)
