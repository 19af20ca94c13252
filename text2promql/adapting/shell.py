"""The shell of a query: what stands around its core. Taken off, and made anew from the question.

count(topk(3, 100 * core / core offset 1h - 100 > 5))
----- ----    ------------------------------   ---
count rank    comparison                       limit
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from text2promql.adapting.work import Work, ranked
from text2promql.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Node,
    Number,
    Parens,
    Selector,
    Subquery,
    nodes_of,
    rewrite,
)
from text2promql.slots import seconds_as_duration

__all__ = ["Shell", "peel", "wants_count", "wants_peak", "wants_share", "wrap"]

_COMPARING = (">", "<", ">=", "<=", "==", "!=")

_PEAK = re.compile(
    r"\bmax(?:imum)?\b|\bpeak(?:ed|s)?\b|\bhighest\b|\bhigh(?:est)? point\b|\bat worst\b|最高|峰值|最大值?|顶峰|冲到",
    re.IGNORECASE,
)
_LOW = re.compile(r"\bmin(?:imum)?\b|\blowest\b|\blow point\b|最低|最小值?|谷值", re.IGNORECASE)
_MEAN = re.compile(r"\baverage\b|\bmean\b|\bavg\b|\bon average\b|平均|均值", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\bhow many (?!times|seconds|minutes|hours|days|percent|bytes|ms\b|[kmgt]i?b\b|milliseconds|microseconds)|\bnumber of\b|\bcount (?:of|the)\b|多少[个台条家]|[有是]?几[个台条家]|的?(?:数量|个数|台数)|有多少",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:percent(?:age)?|share|fraction|proportion) of (?:all )?(?:the |our )?[a-z]|占(?:了|全部|所有|总)?.{0,4}(?:百分之|几成|比例)|的?(?:占比|比例)",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(
    r"\btop\b|\bbottom\b|\bmost\b|\bleast\b|\bfewest\b|\bworst\b|\bbest\b|\b\w{3,}est\b|\bmax|\bmin\b|\bminimum|最|排名|排行|前[ \d一二三五十]|倒数|头号|谁",
    re.IGNORECASE,
)
#: A question that begins with the number, or ends in it.
_COUNTED = re.compile(
    r"^(?:[\w ,']{0,12}\b)?(?:how many|number of|count of) (?!times|seconds|minutes|hours|days|percent|bytes)|(?:有|是)?(?:多少|几)[个台条家](?:[^,，。]{0,6}[?？]?)?$|(?:数量|个数|台数)[?？]?$",
    re.IGNORECASE,
)
_ANY_COUNT = re.compile(
    r"how many|number|count|\bmany\b|share|ratio|percent|proportion|fraction|多少|几|数|占|比例|百分", re.IGNORECASE
)
_FACTOR = re.compile(
    r"\bhow many times (?:the|as|more|higher|larger)|\bratio\b|\bfactor\b|relative to|as a multiple|几倍|多少倍|倍数|比值|之比",
    re.IGNORECASE,
)
_POINTS = re.compile(r"percentage points?|\bpoints\b|个?百分点|[几多]少?个?点", re.IGNORECASE)
#: "which topic has the most ...", "哪个节点 ... 最高": the first of a ranking.
_FIRST = re.compile(
    r"\b(?:which|what|whose|the)(?: single)? (?!(?:average|mean|peak|max|highest|lowest|maximum|minimum)\b)[a-z]+(?<!s)(?: [a-z-]+){0,3}? (?:has|had|have|is|was|uses|used|with|gets|got|takes|took|burns|holds|serves|sends|receives|on|in)\b.{0,40}?\b(?:most|least|fewest|highest|lowest|largest|smallest|biggest|slowest|fastest|longest|shortest|worst|best|busiest|fullest|hottest|oldest|deepest)\b"
    r"|\b(?:which|what)(?:'s| is| was)? (?:the |our )?(?:busiest|slowest|largest|biggest|hottest|fullest|hungriest|worst)\b(?! \d)"
    r"|(?:哪一?[个台条块张家种类项只]|谁)[^，。,]{0,30}最[高低大小多少慢快差忙长短热满]|最[高低大小多少慢快差忙长短热满]的?(?:那|是哪|是)一?[个台条块张家种类项]",
    re.IGNORECASE,
)
_LEAST = re.compile(r"\b(?:least|fewest|lowest|smallest|fastest|shortest)\b|最[低小少快短]", re.IGNORECASE)
_GROWTH = re.compile(r"percent|%|百分|\bgrowth\b|增长率|涨幅|跌幅|变化率|幅度", re.IGNORECASE)
_SHARE = re.compile(
    r"(?:percent(?:age)?|share|fraction|proportion|part)\b[^.?]{0,24}\bof (?:all|the total|our total|total|the whole|everything)|\bof all\b.{0,40}\b(?:percent|share|fraction|percentage|proportion)\b"
    r"|占(?:了|到)?(?:全部|所有|总|整体|全体|全集群|整个)|[全所总].{0,14}(?:占比|占百分之几|占多大比例|占多少|比例是多少|的百分之几)|(?:各|分别)占(?:了)?(?:百分|几成|多大比例|比例)|占了?(?:百分之几|几成|多大比例)",
    re.IGNORECASE,
)


@dataclass
class Shell:
    """What was around the core. `limit` is (operator, number)."""

    rank: Aggregation | None = None
    count: Aggregation | None = None
    limit: tuple[str, float] | None = None
    peak: tuple[str, float, float | None] | None = None
    """(function, window, step) of a subquery around the core"""
    compared: str = ""
    """difference, ratio, growth (percent) or change (growth as a ratio), with the same core earlier"""
    below: bool = False
    """Whether the example's limit was from below."""
    moved: str = ""
    """the shift of the earlier side, such as ` offset 1h`"""


def peel(w: Work) -> Shell:
    """Take the shell off `w.tree`."""
    shell = Shell()
    while True:
        tree = w.tree
        match tree:
            case Parens():
                w.tree = tree.body
                continue
            case Aggregation() if ranked(tree) and shell.rank is None:
                shell.rank, w.tree = tree, tree.body
                continue
            case Aggregation(op="count") if shell.count is None and _limited(tree.body):
                shell.count, w.tree = tree, tree.body
                continue
            case Binary(right=Number(value=value)) if (
                tree.sign in _COMPARING and "bool" not in tree.op and shell.limit is None
            ):
                shell.limit, w.tree = (tree.sign, value), tree.left
                shell.below = tree.sign in ("<", "<=")
                continue
            case Call(args=(Subquery() as sub,)) if tree.function.endswith("_over_time") and shell.peak is None:
                shell.peak, w.tree = (tree.function, sub.range, sub.step), sub.body
                continue
        compared = _compared(tree)
        points = isinstance(tree, Binary) and tree.left == Number(100)  # of a model's own: its factor stays in place
        if compared and not shell.compared and not (w.same and points and compared[0] == "difference"):
            shell.compared, w.tree, shell.moved = compared
            continue
        return shell


def _limited(node: Node) -> bool:
    body = node.body if isinstance(node, Parens) else node
    return isinstance(body, Binary) and body.sign in _COMPARING


def _compared(tree: Node) -> tuple[str, Node, str] | None:
    """(kind, core, shift) of a comparison of a core with itself earlier."""
    match tree:
        case Binary(left=Number(value=100.0), right=Parens(body=inner)) if tree.sign == "*":
            found = _compared(inner)
            if found and found[0] == "difference":
                return "difference", Binary("*", Number(100), found[1]), found[2]
            return ("growth", found[1], found[2]) if found and found[0] == "change" else None
        case Binary(right=Number(value=1.0)) if tree.sign == "-":
            found = _compared(tree.left)
            return ("change", found[1], found[2]) if found and found[0] == "ratio" else None
        case Binary() if tree.sign in ("-", "/"):
            moved = [n.shift for n in nodes_of(tree.right) if isinstance(n, Selector) and n.shift]
            if (
                moved
                and _still(tree.right) == _still(tree.left)
                and not any(isinstance(n, Selector) and n.shift for n in nodes_of(tree.left))
            ):
                kind = "difference" if tree.sign == "-" else "ratio"
                return kind, tree.left, moved[0]
            times = isinstance(tree.left, Binary) and tree.left.sign == "*" and tree.left.left == Number(100)
            upper = tree.left.right if times and isinstance(tree.left, Binary) else tree.left
            if tree.sign == "/" and isinstance(upper, Parens):
                found = _compared(upper.body)
                if found and found[0] == "difference" and _still(tree.right) == _still(found[1]):
                    return ("growth" if times else "change"), found[1], found[2]
    return None


def _still(node: Node) -> Node:
    body = node.body if isinstance(node, Parens) else node
    return rewrite(body, lambda n: replace(n, shift="") if isinstance(n, Selector) else n)


def wants_peak(question: str) -> str:
    """The function over time that the question asks for, or an empty string."""
    found = [
        f
        for f, p in (("max_over_time", _PEAK), ("min_over_time", _LOW), ("avg_over_time", _MEAN))
        if p.search(question)
    ]
    # "the lowest that the mean utilisation went": the mean belongs to what is measured.
    return found[0] if len(found) == 1 or found[:1] == ["max_over_time"] or found[1:] == ["avg_over_time"] else ""


def wants_count(question: str) -> bool:
    return bool(_HOW_MANY.search(question))


def wants_share(question: str) -> bool:
    return bool(_SHARE.search(question))


def wrap(w: Work, shell: Shell) -> None:
    """Put a shell around the core again: the one that the question asks for."""
    _compare(w, shell)
    _peak(w, shell)
    _limit(w, shell)
    _count(w, shell)
    _rank(w, shell)


def _compare(w: Work, shell: Shell) -> None:
    asked = w.asked.offset
    if asked is None:
        if shell.compared:
            if w.same:  # a model's own idea stays
                w.tree = _put(w.tree, shell.compared, shell.moved)
            else:
                w.changes.append("no comparison")
        return
    if w.same and not shell.compared and any(isinstance(n, Selector) and n.shift for n in nodes_of(w.tree)):
        return  # compared in a way of its own
    kind = _kind(w.question)
    if shell.compared and _kind(w.told) == kind:
        kind = shell.compared
    elif shell.compared and w.same:
        kind = shell.compared
    w.tree = _put(w.tree, kind, f" offset {seconds_as_duration(asked)}")
    w.changes.append(f"{kind} against {seconds_as_duration(asked)} ago")


def _kind(question: str) -> str:
    if _POINTS.search(question):
        return "difference"
    return "ratio" if _FACTOR.search(question) else "growth" if _GROWTH.search(question) else "difference"


def _put(core: Node, kind: str, shift: str) -> Node:
    then = rewrite(core, lambda n: replace(n, shift=shift) if isinstance(n, Selector) else n)
    if kind == "difference":
        return Binary("-", core, Parens(then) if isinstance(then, Binary) and then.sign in ("+", "-") else then)
    ratio = Binary(
        "/", Parens(core) if isinstance(core, Binary) else core, Parens(then) if isinstance(then, Binary) else then
    )
    if kind == "ratio":
        return ratio
    change = Binary("-", ratio, Number(1))
    return change if kind == "change" else Binary("*", Number(100), Parens(change))


def _peak(w: Work, shell: Shell) -> None:
    if shell.peak is None:
        return
    function, window, step = shell.peak
    body = w.tree if isinstance(w.tree, Call | Aggregation | Selector) else Parens(w.tree)
    w.tree = Call(function, (Subquery(body, window, step),))


def _limit(w: Work, shell: Shell) -> None:
    if shell.limit is None:
        return
    op, value = shell.limit
    w.tree = Binary(op, w.tree, Number(float(f"{value:.10g}")))


def _count(w: Work, shell: Shell) -> None:
    wanted = bool(_HOW_MANY.search(w.question))
    if shell.count is not None and w.same and not _ANY_COUNT.search(w.question):
        w.changes.append("no count")
    elif shell.count is not None and shell.limit is None and w.taught.thresholds and not w.same:
        w.changes.append("no count")  # of what was counted, the limit is gone
    elif shell.count is not None and (wanted or not _HOW_MANY.search(w.told)):
        w.tree = replace(shell.count, body=w.tree)
    elif (
        shell.limit is not None
        and not w.same
        and not w.asked.thresholds
        and _PART.search(w.question)
        and not _PART.search(w.told)
    ):
        # "what percentage of the targets is failing": those within the limit, of all
        bare = w.tree.left if isinstance(w.tree, Binary) else w.tree
        part = Binary("/", Aggregation("count", w.tree), Aggregation("count", bare))
        w.tree = part if w.asked.unit != "percent" else Binary("*", Number(100), part)
        w.changes.append("part of all")
    elif shell.limit is not None and wanted and not _HOW_MANY.search(w.told):
        w.tree = Aggregation("count", w.tree)
        w.changes.append("count")
    elif (
        shell.limit is not None
        and wanted
        and w.same
        and w.asked.thresholds
        and shell.count is None
        and shell.rank is None
    ):
        w.tree = Aggregation("count", w.tree)
        w.changes.append("count")


_EACH = re.compile(r"\b(?:each|every|per|within)\b|各|每", re.IGNORECASE)
_WORST = re.compile(r"\bworst\b|最差|最糟", re.IGNORECASE)
_GOOD = re.compile(r"\bhit|success|availab|\bup\b|命中|成功|可用", re.IGNORECASE)


def _rank(w: Work, shell: Shell) -> None:
    k = w.asked.k
    smallest = w.asked.smallest
    if k is None and not w.same and shell.peak is None and _FIRST.search(w.question) and not wants_share(w.question):
        k, smallest = 1, bool(_LEAST.search(w.question))
    if k is None:
        asked, told = _SUPERLATIVE.search(w.question), _SUPERLATIVE.search(w.told)
        keep = asked if w.same else w.taught.k is None and (asked or not told)
        if shell.rank is not None and keep:
            w.tree = replace(shell.rank, body=w.tree)
        elif shell.rank is not None:
            w.changes.append("no ranking")
        return
    if _WORST.search(w.question) and (shell.below or _GOOD.search(w.told)):
        smallest = True  # the worst hit rate is the lowest
    op = "bottomk" if smallest else "topk"
    labels = None
    if shell.rank is not None:
        labels = shell.rank.labels if w.same or not shell.rank.labels or _EACH.search(w.question) else None
        # The direction is turned only where both questions say one: "fewest free" and "fullest" are the same end.
        turned = smallest != w.taught.smallest and w.taught.k is not None
        op = {"topk": "bottomk", "bottomk": "topk"}[shell.rank.op] if turned else shell.rank.op
    w.tree = Aggregation(op, w.tree, labels, param=Number(k))
    w.changes.append(f"{op} {k}")
