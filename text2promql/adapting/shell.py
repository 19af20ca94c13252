"""The shell of a query: what stands around its core. Taken off, and made anew from the question.

count(topk(3, 100 * core / core offset 1h - 100 > 5))
----- ----    ------------------------------   ---
count rank    comparison                       limit
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from text2promql.adapting.work import Work, ranked
from text2promql.linking import label_words
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
from text2promql.slots import Slots, seconds_as_duration

__all__ = [
    "COMPARING",
    "Shell",
    "counts_things",
    "peel",
    "slower_than",
    "wants_count",
    "wants_growth",
    "wants_part",
    "wants_peak",
    "wants_rank",
    "wants_share",
    "wrap",
]

COMPARING = (">", "<", ">=", "<=", "==", "!=")

_PEAK = re.compile(
    r"\bmax(?:imum)?\b|\bpeak(?:ed|s)?\b|\bhighest\b|\bhigh(?:est)? point\b|\bworst\b|最高|峰值|最大值?|顶峰|冲到|飙到"
    r"|最[多大高][^，,。]{0,3}[过到]|最忙的?时[候刻]?|最[多高]时",
    re.IGNORECASE,
)
#: A peak that no ranking can be meant by.
_SURE_PEAK = re.compile(
    r"\bpeak(?:ed|s)?\b|\bhigh(?:est)? point\b|\bat (?:(?:its|their|the) )?(?:worst|busiest)\b|\bat (?:any|one)(?: one)? (?:time|moment|point)\b"
    r"|\b(?:worst|busiest) (?:moment|minute|point)\b|峰值|顶峰|冲到|飙到|最[多大高][^，,。]{0,3}[过到]|最忙的?时[候刻]?",
    re.IGNORECASE,
)
_LOW = re.compile(
    r"(?<![\d/-])(?<!\d )(?<!per )(?<!a )\bmin\b(?!s)|\bminimum\b|\blowest\b|\blow point\b|最低|最小值?|谷值|最少[^，,。]{0,3}[过到]",
    re.IGNORECASE,
)
_SURE_LOW = re.compile(r"\blow point\b|谷值|最[低少小][^，,。]{0,3}[过到]", re.IGNORECASE)
_MEAN = re.compile(r"\baverag(?:e|ed|es|ing)\b|\bmean\b|\bavg\b|\bon average\b|平均|均值", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\bhow many (?!times|seconds|minutes|hours|days|percent|bytes|ms\b|cores|[kmgt]i?b\b|milliseconds|microseconds)"
    r"|\bnumber of\b|\bcount (?:of|the)\b|(?:多少|几)(?:个(?!百分|小时|钟头|核|点)|[台条家])|的?(?:数量|个数|台数)"
    r"|有多少(?!\s*(?:[GMKT]i?B|毫?秒|分钟|小时|天|字节|核|瓦|百分|比例))",
    re.IGNORECASE,
)
#: "which nodes ..., and how many each": rows, not their number.
_ROWS = re.compile(r"^\W*(?:[\w']+\W+){0,4}?(?:which|who|list)\b|哪些|哪几|哪个|都有谁", re.IGNORECASE)
_PART = re.compile(
    r"(?<!\d )(?<!\d)(?:percent(?:age)?|share|fraction|proportion) of (?:all )?(?:the |our )?[a-z]"
    r"|占(?:了|全部|所有|总)?.{0,6}(?:百分之|几成|多大比例|比例)|有百分之(?:几|多少)的|的?(?:占比|比例)",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(
    r"\btop\b|\bbottom\b|\bmost\b|\bleast\b|\bfewest\b|\bworst\b|\bbest\b|\b\w{3,}est\b|\bmax|\bmin\b|\bminimum|最(?![近新后初])|排名|排行|前[ \d一二三五十]|倒数|头号|谁",
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
#: "What was the worst error rate" asks for a peak, "what is the worst service" for the first of a ranking.
_MEASURE = r"rates?|ratio|percent(?:age)?|share|latency|delay|lag|times?|duration|usage|utili[sz]ation|load|number|temperature|backlog"
#: "which topic has the most ...", "哪个节点 ... 最高": the first of a ranking.
_FIRST = re.compile(
    r"\b(?:which|what|whose|the)(?: single)? (?!(?:average|mean|peak|max|highest|lowest|maximum|minimum)\b)[a-z]+(?<!s)(?: \(?[a-z-]+\)?){0,3}? (?:has|had|have|is|was|uses|used|with|gets|got|takes|took|burns|holds|serves|sends|receives|on|in)\b.{0,40}?\b(?:most|least|fewest|highest|lowest|largest|smallest|biggest|slowest|fastest|longest|shortest|worst|best|busiest|fullest|hottest|oldest|deepest)\b"
    r"|\bwhich(?: single)? (?:one\b|[a-z]+(?<!s) )[^.?,]{0,24}?\b[a-z]+(?:s|ed) (?:the )?(?:most|least)\b"
    r"|\b(?:which|what)(?:'s| is| was)? (?:the |our )?(?:busiest|slowest|largest|biggest|hottest|fullest|hungriest|worst)\b(?! \d)"
    rf"(?! (?:(?!by |of |in |with |on |for |at )[\w-]+ ){{0,3}}?(?:{_MEASURE})\b)"
    r"|(?:哪一?[个台条块张家种类项只]|谁)[^，。,]{0,30}最[高低大小多少慢快差忙长短热满]|最[高低大小多少慢快差忙长短热满]的?(?:那|是哪|是)一?[个台条块张家种类项]",
    re.IGNORECASE,
)
_LEAST = re.compile(r"\b(?:least|fewest|lowest|smallest|fastest|shortest)\b|最[低小少快短]", re.IGNORECASE)
_GROWTH = re.compile(r"percent|%|百分|\bgrowth\b|增长率|涨幅|跌幅|变化率|幅度", re.IGNORECASE)
_SHARE = re.compile(
    r"(?:percent(?:age)?|share|fraction|proportion|part)\b[^.?]{0,24}\bof (?:all|the total|our total|total|the whole|everything)"
    r"|\bof (?:all|everything|the total|the whole|the entire)\b.{0,60}\b(?:percent|share|fraction|percentage|proportion)\b"
    r"|\bhow much of (?:all|everything|the total|the whole|the entire)\b"
    r"|占(?:了|到)?(?:全部|所有|总|整体|全体|全集群|整个)"
    r"|[全所总].{0,14}(?:占比|占百分之几|占多大比例|占多少|比例是多少|的百分之几)|(?:各|分别)占(?:了)?(?:百分|几成|多大比例|比例)"
    r"|占(?:了|到)?各?[^，,。]{0,12}(?:总和|总数|总量|合计|之和)|占了?(?:百分之几|几成|多大比例)|(?:承担|贡献)了?(?:百分之|几成|多大比例|多少比例)|各[^，,。]{1,16}占比",
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
    part: Aggregation | None = None
    """The counting of a part of all: count(core > 5) / count(core)"""
    count_by: tuple[str, ...] | None = None
    """Labels by which those within the limit are to be counted: "how many cards per node are hotter than"."""
    below: bool = False
    """Whether the example's limit was from below."""
    moved: str = ""
    """the shift of the earlier side, such as ` offset 1h`"""


def peel(w: Work) -> Shell:  # noqa: C901  a case for each layer
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
            case Binary() if (part := _part(tree)) and not w.same and shell.part is None:
                shell.part, w.tree = part, part.body
                continue
            case Binary(left=Number(value=100), right=Aggregation() as mean) if (
                tree.sign == "*" and _bool_mean(mean) and not w.same
            ):
                w.tree = mean
                continue
            case Aggregation(op="avg", body=Binary() as within) if _bool_mean(tree) and not w.same:
                shell.part, w.tree = tree, replace(within, op=within.sign)
                continue
            case Aggregation(op="count") if shell.count is None and _limited(tree.body):
                shell.count, w.tree = tree, tree.body
                continue
            case Binary() if (
                tree.sign in COMPARING
                and "bool" not in tree.op
                and shell.limit is None
                and (value := constant(tree.right)) is not None
                and not (w.same and not isinstance(tree.right, Number))
            ):
                shell.limit, w.tree = (tree.sign, value), tree.left
                shell.below = tree.sign in ("<", "<=")
                continue
            case Binary() if (inward := _factor_inward(tree)) is not None:
                w.tree = inward
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


def _factor_inward(tree: Binary) -> Node | None:
    """1000 * max_over_time(x[2h:1m]) as max_over_time((1000 * x)[2h:1m]), topk(3, x) / 60 as topk(3, x / 60)."""
    factor_first = constant(tree.left) is not None
    peak, factor = (tree.right, tree.left) if factor_first else (tree.left, tree.right)
    if tree.op not in ("*", "/") or (factor_first and tree.op == "/") or (constant(factor) or 0) <= 0:
        return None

    def scaled(inner: Node) -> Node:
        body = inner if isinstance(inner, Parens | Call | Aggregation | Selector) else Parens(inner)
        return replace(tree, left=factor, right=body) if factor_first else replace(tree, left=body, right=factor)

    match peak:
        case Call(function="max_over_time" | "min_over_time" | "avg_over_time", args=(Subquery() as sub,)):
            return replace(peak, args=(replace(sub, body=scaled(sub.body)),))
        case Aggregation() if ranked(peak):
            return replace(peak, body=scaled(peak.body))
    return None


def constant(node: Node) -> float | None:
    """The number that an expression without a selector is."""
    match node:
        case Number():
            return node.value
        case Parens():
            return constant(node.body)
        case Binary():
            left, right = constant(node.left), constant(node.right)
            if left is None or right is None:
                return None
            match node.sign:
                case "^":
                    return float(left**right)
                case "*":
                    return left * right
                case "/":
                    return left / right if right else None
    return None


def _part(tree: Binary) -> Aggregation | None:
    """The upper count of 100 * count(core > 5) / count(core)."""
    if tree.sign != "/":
        return None
    upper = tree.left.right if isinstance(tree.left, Binary) and tree.left.left == Number(100) else tree.left
    lower = tree.right.args[0] if isinstance(tree.right, Call) and tree.right.function == "scalar" else tree.right
    if not (isinstance(upper, Aggregation) and isinstance(lower, Aggregation) and upper.op == lower.op == "count"):
        return None
    body = upper.body.body if isinstance(upper.body, Parens) else upper.body
    if isinstance(body, Binary) and body.sign in COMPARING and _series(body.left) == _series(lower.body):
        return upper
    return None


def _bool_mean(node: Aggregation) -> bool:
    """avg(core > bool 5): the part of those within the limit."""
    body = node.body
    return node.op == "avg" and isinstance(body, Binary) and "bool" in body.op and constant(body.right) is not None


def _series(node: Node) -> list[Node]:
    """What an expression is made of, without numbers: 100 - x has the series of x."""
    return [n for n in nodes_of(node) if not isinstance(n, Number | Parens | Binary)]


def _limited(node: Node) -> bool:
    body = node.body if isinstance(node, Parens) else node
    return isinstance(body, Binary) and body.sign in COMPARING


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


def wants_peak(question: str, asked: Slots) -> str:
    """The function over time that the question asks for, or an empty string. "The 3 highest" are a ranking."""
    first = wants_rank(question, asked)
    peak, low = (_SURE_PEAK, _SURE_LOW) if first else (_PEAK, _LOW)
    found = [
        f for f, p in (("max_over_time", peak), ("min_over_time", low), ("avg_over_time", _MEAN)) if p.search(question)
    ]
    if found[:1] == ["max_over_time"] and _WORST.search(question) and _GOOD.search(question) and not first:
        found[0] = "min_over_time"  # the worst hit rate is the lowest
    # "the lowest that the mean utilisation went": the mean belongs to what is measured.
    return found[0] if len(found) == 1 or found[:1] == ["max_over_time"] or found[1:] == ["avg_over_time"] else ""


def wants_rank(question: str, asked: Slots) -> bool:
    """Whether the first ones of a ranking are asked for: "the 3 highest", "which one has the most"."""
    return asked.k is not None or bool(_FIRST.search(question))


def wants_count(question: str) -> bool:
    """Whether one number is asked for, not rows with a number each."""
    return bool(_HOW_MANY.search(question)) and not _ROWS.search(question)


def counts_things(w: Work, labels: Collection[str]) -> bool:
    """Whether what the question counts is told apart by one of the labels: "how many brokers", "几台 broker"."""
    names = "|".join(re.escape(x) for label in labels for x in {label.lower(), *label_words(label)})
    if not names:
        return False
    counted = (
        rf"\bhow many (?:of (?:the|our) )?(?:[\w-]+ ){{0,2}}?(?:{names})s?\b|(?:多少|几)\s*[个台条家种张块][^，,。]{{0,4}}?(?:{names})"
        rf"|(?:{names})s?[^，,。]{{0,4}}(?:有|是)?(?:多少|几)[个台条家种张块]|(?:{names})s?的?(?:数量|个数|台数)"
    )
    return bool(re.search(counted, w.question, re.IGNORECASE))


def wants_growth(w: Work) -> bool:
    """Whether a percentage that is asked for is of a growth since earlier."""
    return w.asked.offset is not None and _kind(w.question) == "growth"


_DONE = re.compile(
    r"\b(?:requests?|calls?|quer(?:y|ies)|searches|jobs?|messages?|operations?|answers?)\b|请求|调用|查询|消息|任务",
    re.IGNORECASE,
)
_OF_EACH = re.compile(r"\bwhich\b|\bwhose\b|哪", re.IGNORECASE)


def slower_than(question: str, asked: Slots) -> float | None:
    """The seconds that requests take longer than, which a share of them is asked for."""
    slow = [t.value for t in asked.thresholds if t.unit == "s" and t.op in (">", ">=")]
    shared = asked.unit in ("percent", "ratio") and _DONE.search(question)
    return slow[0] if len(slow) == len(asked.thresholds) == 1 and shared else None


def wants_part(w: Work, shell: Shell) -> bool:
    """Whether those within a limit are asked for as a part of all: "what percentage of the nodes is over 80 %"."""
    stays = shell.limit is not None and (shell.limit[0] in ("==", "!=") or shell.limit[1] == 0)
    if w.same or not (w.asked.thresholds or stays) or w.asked.unit not in ("percent", "ratio", ""):
        return False
    if (w.asked.bound is not None or slower_than(w.question, w.asked) is not None) and _DONE.search(w.question):
        return False  # "what share of the requests took less than 1 s" is of requests, not of rows
    told = shell.part is not None and w.asked.unit != ""
    return (told or bool(_PART.search(w.question))) and not _OF_EACH.search(w.question)


def wants_share(question: str) -> bool:
    return bool(_SHARE.search(question))


def wrap(w: Work, shell: Shell) -> None:
    """Put a shell around the core again: the one that the question asks for."""
    _compare(w, shell)
    if not _below_peak(w, shell):
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
    w.tree = _put(w.tree, kind, f" offset {seconds_as_duration(asked)}", w.asked.some and not w.same)
    w.changes.append(f"{kind} against {seconds_as_duration(asked)} ago")
    if shell.limit is None and not w.same and not wants_rank(w.question, w.asked):
        shell.limit = _only_moved(w.question, 1.0 if kind == "ratio" else 0.0)


_RISEN = (
    r"(?:rose|risen|rising|grew|grown|gr[eo]w|gone up|went up|going up|increased?|climbed|got (?:worse|bigger|slower|higher|longer)"
    r"|(?:is|are|was|were|have|has|had|take|took|use|used|get|got|need)\b[^.?,]{0,24}\b(?:more|higher|longer|slower|worse|up)\b)",
    r"(?:涨|增[长加多]|上升|升高|变[多大高慢长差]|恶化|[多高慢]了)",
)
_FALLEN = (
    r"(?:fell|fallen|dropped|decreased|declined|shrunk|shrank|gone down|went down|got (?:smaller|faster|lower|shorter)"
    r"|(?:is|are|was|were|have|has|had|take|took|use|used|get|got|need)\b[^.?,]{0,24}\b(?:less|fewer|lower|shorter|faster|down)\b)",
    r"(?:跌|减少|下降|降低|变[少小低快短]|[少低快]了)",
)


def _only_moved(question: str, still: float) -> tuple[str, float] | None:
    """The limit for "only those that rose", "which have more than an hour ago", "哪些变多了"; `still` is no change."""
    for op, (en, zh) in ((">", _RISEN), ("<", _FALLEN)):
        those = rf"(?:^|[.,;]\s*)(?:so |and )?which\b[^.?]{{0,60}}?\b{en}|\b(?:only|just)\b[^.?]{{0,40}}?\b(?:that|which|where|those|the ones)\b[^.?]{{0,30}}?\b{en}"
        those += rf"|[只仅][^，,。]{{0,6}}{zh}[^，,。]{{0,4}}的|哪[些几][^，,。？?]{{0,24}}{zh}(?![^，,。？?]{{0,6}}(?:多少|几))"
        if re.search(those, question, re.IGNORECASE):
            return op, still
    return None


def _kind(question: str) -> str:
    if _POINTS.search(question):
        return "difference"
    return "ratio" if _FACTOR.search(question) else "growth" if _GROWTH.search(question) else "difference"


def _put(core: Node, kind: str, shift: str, some: bool = False) -> Node:
    """`some`: only where there was any then."""
    then: Node = rewrite(core, lambda n: replace(n, shift=shift) if isinstance(n, Selector) else n)
    if kind == "difference":
        return Binary("-", core, Parens(then) if isinstance(then, Binary) and then.sign in ("+", "-") else then)
    if some:
        then = Binary(">", then, Number(0))
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


_BELOW_PEAK = re.compile(
    r"(?:离|距离?|比|较)[^，,。]{0,12}(?:峰值|最高点|最大值|高点)[^，,。]{0,4}(?:差|少|低|有)了?多少|峰值减去?当前"
    r"|\b(?:below|under|away from|short of|off|from|to) (?:its|their) (?:own )?(?:\w+ )?(?:peak|high|maximum)\b",
    re.IGNORECASE,
)


def _below_peak(w: Work, shell: Shell) -> bool:
    """How far a level is from its own peak: the peak less the level now."""
    if w.same or not _BELOW_PEAK.search(w.question):
        return False
    now = rewrite(w.tree, _now)
    if shell.peak is None and now == w.tree:
        return False
    _peak(w, shell)
    w.tree = Binary("-", w.tree, Parens(now) if isinstance(now, Binary) else now)
    w.changes.append("below the peak")
    return True


def _now(n: Node) -> Node:
    match n:
        case Call(function="max_over_time", args=(Selector() as level,)):
            return replace(level, range=None)
    return n


def _limit(w: Work, shell: Shell) -> None:
    if shell.limit is None:
        return
    op, value = shell.limit
    number = Number(float(f"{value:.10g}"))
    tree = w.tree
    if isinstance(tree, Binary) and tree.sign in ("and", "unless") and not w.same:
        w.tree = replace(tree, left=Binary(op, tree.left, number))
        return
    w.tree = Binary(op, Parens(tree) if isinstance(tree, Binary) and tree.sign == "or" else tree, number)


def _count(w: Work, shell: Shell) -> None:
    wanted = wants_count(w.question)
    told = bool(_HOW_MANY.search(w.told))
    if w.same:
        _count_same(w, shell)
    elif shell.limit is None:
        if shell.count is not None:
            w.changes.append("no count")  # of what was counted, the limit is gone
        elif wanted and shell.part is None and _ROWS.search(w.told) and not told and _listed_rows(w.tree):
            w.tree = Aggregation("count", w.tree)
            w.changes.append("count")
    elif wants_part(w, shell):
        _put_part(w, shell)
    elif shell.count_by is not None:
        w.tree = Aggregation("count", w.tree, shell.count_by)
        w.changes.append(f"count by {', '.join(shell.count_by)}")
    elif shell.count is not None and (wanted or not (told or _ROWS.search(w.question))):
        w.tree = replace(shell.count, body=w.tree)
    elif wanted and (shell.part is not None or shell.count is None):
        if not w.asked.some and (not told or w.asked.thresholds):
            w.tree = Aggregation("count", w.tree)
            w.changes.append("count")


def _listed_rows(tree: Node) -> bool:
    """Whether a query shows things, not measures of them: selectors and set operations of selectors."""
    match tree:
        case Parens():
            return _listed_rows(tree.body)
        case Binary():
            return tree.sign in ("and", "unless", "or") and _listed_rows(tree.left)
    return isinstance(tree, Selector) and tree.range is None


def _count_same(w: Work, shell: Shell) -> None:
    """A model's own count stays if the question has anything to do with numbers; one that is missing is put."""
    if shell.count is not None and _ANY_COUNT.search(w.question):
        w.tree = replace(shell.count, body=w.tree)
    elif shell.count is not None:
        w.changes.append("no count")
    elif shell.limit is not None and wants_count(w.question) and w.asked.thresholds and shell.rank is None:
        w.tree = Aggregation("count", w.tree)
        w.changes.append("count")


def _put_part(w: Work, shell: Shell) -> None:
    labels = shell.part.labels if shell.part is not None else None
    bare = w.tree.left if isinstance(w.tree, Binary) else w.tree
    if shell.part is not None and shell.part.op == "avg" and isinstance(w.tree, Binary):
        mean = replace(shell.part, body=replace(w.tree, op=f"{w.tree.op} bool"))
        w.tree = Binary("*", Number(100), mean) if w.asked.unit == "percent" else mean
        return
    upper: Node = Aggregation("count", w.tree, labels)
    if w.asked.unit == "percent":
        upper = Binary("*", Number(100), upper)
    w.tree = Binary("/", upper, Aggregation("count", bare, labels))
    if shell.part is None:
        w.changes.append("part of all")


_EACH = re.compile(r"\b(?:each|every|per|within)\b|各|每", re.IGNORECASE)
_WORST = re.compile(r"\bworst\b|最差|最糟", re.IGNORECASE)
_GOOD = re.compile(
    r"\bhits\b|\bhit[ -]?(?:rates?|ratios?|percent\w*|share)\b|\bcache hit|success|availab|\buptime\b|\b(?:is|are|was|were|be|being) up\b|命中|成功|可用",
    re.IGNORECASE,
)


_ORDINAL = re.compile(r"\bfirst\b|\bmain\b|\bnext\b|\bchief\b|第一|头号|主要|垫底|集中", re.IGNORECASE)
_AS_SAID = {2: "two|[两二2]", 3: "three|[三3]", 4: "four|[四4]", 5: "five|[五5]", 10: "ten|十|10"}


def _names(question: str, rank: Aggregation | None) -> bool:
    """Whether the question has the number of a ranking's rows in it: "the 3 certificates that expire first"."""
    if rank is None or not isinstance(rank.param, Number):
        return False
    pattern = _AS_SAID.get(int(rank.param.value))
    return bool(_ORDINAL.search(question) or (pattern and re.search(rf"(?<![\d.])(?:{pattern})(?!\d)", question)))


def _rank(w: Work, shell: Shell) -> None:
    k = w.asked.k
    smallest = w.asked.smallest
    if k is None and not w.same and shell.peak is None and _FIRST.search(w.question) and not wants_share(w.question):
        k, smallest = 1, bool(_LEAST.search(w.question))
    if k is None:
        asked, told = bool(_SUPERLATIVE.search(w.question)), bool(_SUPERLATIVE.search(w.told))
        if shell.peak is not None and _EACH.search(w.question) and shell.peak[0] == wants_peak(w.question, w.asked):
            asked = False  # "the lowest hit rate of each server in the last hour" ranks no servers
        keep = (asked or _names(w.question, shell.rank)) if w.same else w.taught.k is None and (asked or not told)
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
