"""The core of a query: its quantile, windows, filters, grouping, and what it is a share of."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from text2promql.adapting.shell import Shell, wants_count, wants_peak, wants_share
from text2promql.adapting.units import unscaled
from text2promql.adapting.work import Work, has_selector, ranked
from text2promql.linking import Named, asked_groups, says_value, values_in
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

__all__ = ["edit_core"]

DEFAULT_WINDOW = 300.0
_COUNTING = ("rate", "irate", "increase", "sum_over_time", "delta", "changes", "count_over_time", "deriv")
_TOTAL = re.compile(
    r"\badding up\b|\badd up\b|\bin total\b|\b(?:added|taken|put) together\b|\bboth together\b|合起来|合在一起|加一起|加在一起|\baltogether\b|\ball together\b|\bcombined\b|\boverall\b|\btotal number\b|\bfleet-?wide\b|\bwhole cluster\b|\bcluster-wide\b|总共|一共|合计|加起来|总量|总数|总和|总计|总的?(?=[A-Z\u4e00-\u9fff])|全集群|整个集群",
    re.IGNORECASE,
)


def edit_core(w: Work, shell: Shell) -> None:
    _quantile(w)
    _calm(w)
    _windows(w, shell)
    _per_second(w)
    _horizon(w)
    _bound(w)
    _filters(w)
    _groups(w)
    _sides(w)
    _share(w, shell)


def _quantile(w: Work) -> None:
    asked = w.asked.quantile
    if asked is None:
        return
    found = False

    def change(n: Node) -> Node:
        nonlocal found
        if isinstance(n, Call) and n.function == "histogram_quantile":
            found = True
            return replace(n, args=(Number(asked), *n.args[1:]))
        if isinstance(n, Aggregation) and n.op == "quantile":
            found = True
            return replace(n, param=Number(asked))
        if isinstance(n, Selector) and any(label == "quantile" for label, _, _ in n.matchers):
            values = w.facts[n.metric].labels.values.get("quantile", []) if n.metric in w.facts else []
            same = [v for v in values if abs(float(v) - asked) < 1e-9]
            found = found or bool(same)
            if same:
                return replace(n, matchers=tuple((a, o, same[0] if a == "quantile" else v) for a, o, v in n.matchers))
        return n

    w.edit(change, f"quantile {asked:g}")
    if not found:
        w.left.append(f"quantile {asked:g}")


def _windows(w: Work, shell: Shell) -> None:  # noqa: C901  a decision for each shape of query
    asked = _spans(w)
    ranges = sorted({n.range for n in nodes_of(w.tree) if isinstance(n, Selector) and n.range})
    function = wants_peak(w.question)
    if shell.peak is not None:
        if not asked or (not function and not w.same):
            if not w.same and wants_peak(w.told):
                shell.peak = None
        else:
            shell.peak = (shell.peak[0], asked[-1], w.asked.step or shell.peak[2])
            w.changes.append(f"over {seconds_as_duration(asked[-1])}")
            if len(asked) > 1 and len(ranges) == 1:
                _set_range(w, ranges[0], asked[0])
            return
    if not asked:
        said = set(w.taught.windows)
        if said and len(ranges) == 1 and ranges[0] in said and _rated(w.tree):
            _set_range(w, ranges[0], DEFAULT_WINDOW)
        return
    if len(ranges) == 1 and _peak_of_rate(w, asked, function):
        shell.peak = (function, asked[-1], w.asked.step or 60.0)
        w.changes.append(f"{function} {seconds_as_duration(asked[-1])}")
        _set_range(w, ranges[0], asked[0] if len(asked) > 1 else DEFAULT_WINDOW)
    elif len(ranges) == 1:
        _set_range(w, ranges[0], asked[-1])
    elif len(ranges) > 1:
        if not set(asked) <= set(ranges):
            spoken = [r for r in ranges if r in w.taught.windows]
            if len(spoken) == 1 and len(asked) == 1:
                _set_range(w, spoken[0], asked[0])
            else:
                w.left.append("windows")
    else:
        _over_time(w, shell, asked[-1], function)


def _calm(w: Work) -> None:
    """A peak over a time that only the example's question asked for becomes the level now."""
    if w.same or w.asked.windows or not w.taught.windows or not wants_peak(w.told) or wants_peak(w.question):
        return

    def change(n: Node) -> Node:
        match n:
            case Call(function="max_over_time" | "min_over_time" | "avg_over_time", args=(Selector() as level,)):
                return replace(level, range=None)
            case Aggregation(op="max" | "min", labels=None):
                return n.body
        return n

    w.edit(change, "the level now")


def _spans(w: Work) -> list[float]:
    """The windows asked for; without the distance that a forecast looks ahead, and bounds of a histogram."""
    asked = sorted(set(w.asked.windows))
    if w.asked.bound is not None:
        asked = [a for a in asked if a != w.asked.bound]
    if (
        any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree))
        and w.asked.horizon is None
    ):
        return asked[:1] if len(asked) > 1 else []
    return asked


def _bound(w: Work) -> None:
    """ "Within 250 ms" is the bucket le="0.25", where the histogram has it."""
    asked = w.asked.bound
    if asked is None:
        return

    def change(n: Node) -> Node:
        if (
            not isinstance(n, Selector)
            or n.metric not in w.facts
            or not any(a == "le" and v != "+Inf" for a, _, v in n.matchers)
        ):
            return n
        scale = 1000.0 if re.search(r"_ms_|_milliseconds_|latency_bucket$", n.metric) else 1.0
        same = [
            v
            for v in w.facts[n.metric].labels.values.get("le", [])
            if v != "+Inf" and abs(float(v) - asked * scale) < 1e-9
        ]
        if not same:
            return n
        return replace(n, matchers=tuple((a, o, same[0] if a == "le" else v) for a, o, v in n.matchers))

    w.edit(change, f"within {asked:g} s")


def _peak_of_rate(w: Work, asked: list[float], function: str) -> bool:
    """The peak of a rate within a longer time, said by two windows, a step, or a peak where the example has none."""
    if not function or function == "avg_over_time" or not _rated(w.tree) or w.asked.k is not None:
        return False
    over_time = any(isinstance(n, Call) and n.function == function for n in nodes_of(w.tree))
    amount = any(isinstance(n, Call) and n.function in ("increase", "changes", "delta") for n in nodes_of(w.tree))
    if over_time or (amount and len(asked) < 2 and not w.asked.step):
        return False
    return len(asked) > 1 or w.asked.step is not None or (asked[-1] >= 1800 and not wants_peak(w.told) and not w.same)


def _rated(tree: Node) -> bool:
    return any(isinstance(n, Call) and n.function in _COUNTING for n in nodes_of(tree))


def _set_range(w: Work, old: float, new: float) -> None:
    def change(n: Node) -> Node:
        if isinstance(n, Selector) and n.range == old:
            return replace(n, range=new)
        # An amount per second: sum_over_time(x[1m]) / 60.
        if isinstance(n, Binary) and n.sign in ("/", "*") and n.right == Number(old) and _amount(n.left):
            return replace(n, right=Number(new))
        return n

    if old != new:
        w.edit(change, f"window {seconds_as_duration(new)}")


def _amount(node: Node) -> bool:
    return any(isinstance(n, Call) and n.function in ("sum_over_time", "increase", "delta") for n in nodes_of(node))


def _over_time(w: Work, shell: Shell, window: float, function: str) -> None:
    """A level over a time: its mean, peak or low in the place of the level now."""
    if w.asked.k is not None and function == "max_over_time" and not re.search(r"peak|峰值", w.question, re.IGNORECASE):
        function = ""  # "the 3 highest" ranks; it does not ask for a peak
    tree = w.tree
    if isinstance(tree, Binary) and tree.sign in ("and", "unless") and isinstance(tree.left, Selector) and function:
        w.tree = replace(tree, left=Call(function, (replace(tree.left, range=window),)))
        w.changes.append(f"{function} {seconds_as_duration(window)}")
        return
    selectors = [n for n in nodes_of(w.tree) if isinstance(n, Selector)]
    if not function:
        w.left.append(f"over {seconds_as_duration(window)}")
    elif len(selectors) == 1 and not (w.asked.step and isinstance(tree, Aggregation)):
        w.edit(
            lambda n: Call(function, (replace(n, range=window),)) if isinstance(n, Selector) else n,
            f"{function} {seconds_as_duration(window)}",
        )
    else:
        shell.peak = (function, window, w.asked.step or 60.0)
        w.changes.append(f"{function} {seconds_as_duration(window)}")


_PER_SECOND = re.compile(
    r"per second|a second|each second|/ ?s(?:ec)?\b|\bqps\b|\btps\b|\bops\b|\brps\b|\brate\b|每秒|速率|吞吐",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"how many(?! times (?:the|as|more))|\bnumber of\b|\btotal (?:number|count)\b|\bin total\b|\bcount of\b|多少[次个条笔件]|几次|次数|总数|总量|一共|合计",
    re.IGNORECASE,
)


def _per_second(w: Work) -> None:
    """How many in the window, or how many a second: the example may show the other."""
    if w.same or not w.asked.windows:
        return
    asked, told = bool(_PER_SECOND.search(w.question)), bool(_PER_SECOND.search(w.told))
    if told and not asked and _AMOUNT.search(w.question):
        w.edit(_to_amount, "amount in the window")
    elif asked and not told and _AMOUNT.search(w.told):
        w.edit(
            lambda n: replace(n, function="rate") if isinstance(n, Call) and n.function == "increase" else n,
            "per second",
        )


def _to_amount(n: Node) -> Node:
    if isinstance(n, Call) and n.function == "rate":
        return replace(n, function="increase")
    if (
        isinstance(n, Binary)
        and n.sign == "/"
        and isinstance(n.right, Number)
        and any(isinstance(x, Selector) and x.range == n.right.value for x in nodes_of(n.left))
    ):
        return n.left
    return n


def _horizon(w: Work) -> None:
    asked = w.asked.horizon
    ahead = sorted(set(w.asked.windows))
    if (
        asked is None
        and len(ahead) > 1
        and any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree))
    ):
        asked = ahead[-1]
    if asked is None:
        return
    found = w.edit(
        lambda n: (
            replace(n, args=(n.args[0], Number(asked))) if isinstance(n, Call) and n.function == "predict_linear" else n
        ),
        f"in {seconds_as_duration(asked)}",
    )
    levels = [n for n in nodes_of(w.tree) if isinstance(n, Selector)]
    trend = len(levels) == 1 and levels[0].range is None and not w.same and bool(w.asked.windows)
    if trend:
        span = w.asked.windows[0]
        w.edit(
            lambda n: Call("predict_linear", (replace(n, range=span), Number(asked))) if n == levels[0] else n,
            f"in {seconds_as_duration(asked)}",
        )
    elif not found and not any(isinstance(n, Call) and n.function == "predict_linear" for n in nodes_of(w.tree)):
        w.left.append(f"in {seconds_as_duration(asked)}")


def _filters(w: Work) -> None:  # noqa: C901  a decision for each matcher and each name
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
        asked, told = _named(w, w.question, n), _named(w, w.told, n)
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


def _named(w: Work, text: str, n: Selector) -> dict[str, Named]:
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
    return set() if w.same else grouping - {*SURE, *_SCOPES, "le"}


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


def _one_number(w: Work) -> bool:
    """Whether an amount is asked for of one thing: "how many slow queries did checkout have"."""
    if not _AMOUNT.search(w.question) or _SPREAD.search(w.question) or w.asked.thresholds:
        return False
    known = [n for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts]
    return all(len(x.values) == 1 for n in known for x in _named(w, w.question, n).values())


def _groups(w: Work) -> None:
    """Grouping labels that the question asks for in so many words; none where it wants the total."""
    inner = [n for n in nodes_of(w.tree) if isinstance(n, Aggregation) and not ranked(n) and n.op != "count_values"]
    metrics = [n.metric for n in nodes_of(w.tree) if isinstance(n, Selector) and n.metric in w.facts]
    if not metrics or w.same:
        return
    if not inner:
        _gather(w, metrics)
        return
    levels = {frozenset(n.labels or ()) - {"le"} for n in inner}
    joined = any(isinstance(n, Binary) and " on " in f"{n.op} " for n in nodes_of(w.tree))
    if len(levels) != 1 or any(n.without for n in inner) or joined:
        return
    current = next(iter(levels))
    known = [x for x in w.facts[metrics[0]].labels.names if all(x in w.facts[m].labels.names for m in metrics)]
    asked = asked_groups(w.question, known, current, w.usual)
    told = asked_groups(w.told, known, current, w.usual)
    if _TOTAL.search(w.question) and not _EACH.search(w.question):
        asked = []  # "those two services together"
    if asked == told and asked:
        return
    if not asked:
        total = _TOTAL.search(w.question) and not _TOTAL.search(w.told)
        if current and (total or (told and _one_number(w))):
            _regroup(w, ())
            w.changes.append("in total")
        return
    finest = [n.labels[-1] for n in inner if n.labels]
    if len(asked) == 1 and asked[0] in finest and len(current) > 1:
        return  # "which containers" by namespace, pod and container: those tell which it is
    if set(asked) != current:
        _regroup(w, tuple(asked))
        w.changes.append(f"by {', '.join(asked)}")


_EACH = re.compile(r"\b(?:each|every|per|by|respective)\b|各|每|分别|按", re.IGNORECASE)
#: Words of a question that wants a row for each of something.
_SPREAD = re.compile(
    r"\b(?:each|every|per|by|which|list|show|top|bottom|respective|split|break|across|among)\b|哪|各|每|分别|按|分|谁|排|最",
    re.IGNORECASE,
)


def _gather(w: Work, metrics: list[str]) -> None:
    """Levels without an aggregation, asked for in total or by some of their labels."""
    joins = [n for n in nodes_of(w.tree) if isinstance(n, Binary) and (" on " in f"{n.op} " or "ignoring" in n.op)]
    if len(joins) == 1 and joins[0].sign == "/" and _TOTAL.search(w.question) and not _TOTAL.search(w.told):
        plain = (Selector, Aggregation)
        if isinstance(joins[0].left, plain) and isinstance(joins[0].right, plain):
            sides = Binary("/", Aggregation("sum", joins[0].left), Aggregation("sum", joins[0].right))
            w.edit(lambda n: sides if n == joins[0] else n, "in total")
    if joins:
        return
    labels = [set(w.facts[m].labels.names) for m in metrics]
    known = [x for x in w.facts[metrics[0]].labels.names if all(x in have for have in labels)]
    asked = asked_groups(w.question, known, (), w.usual)
    told = asked_groups(w.told, known, (), w.usual)
    total = bool(_TOTAL.search(w.question)) and not _TOTAL.search(w.told)
    total = total and not (w.asked.thresholds and wants_count(w.question))  # those over a limit are counted
    if asked == told and not total:
        return
    fixed = {a for n in nodes_of(w.tree) if isinstance(n, Selector) for a, op, _ in n.matchers if op == "="}
    varying = {x for x in known if len(w.facts[metrics[0]].labels.values.get(x, ())) > 1} - fixed - set(asked)
    shared = any(isinstance(n, Binary) and has_selector(n.right) for n in nodes_of(w.tree))
    if not (total or (asked and varying - {"job"} and (not shared or _EACH.search(w.question)))):
        return  # "which hosts are fuller than": the levels tell which it is
    peak = wants_peak(w.question)
    op = "avg" if peak == "avg_over_time" else "sum"

    def change(n: Node) -> Node:
        level = isinstance(n, Selector) and n.range is None
        over = isinstance(n, Call) and any(isinstance(x, Selector) and x.range for x in n.args)
        return Aggregation(op, n, tuple(asked) or None) if level or over else n

    w.edit(change, f"{op} by {', '.join(asked)}" if asked else "in total")


def _regroup(w: Work, labels: tuple[str, ...]) -> None:
    def change(n: Node) -> Node:
        if isinstance(n, Aggregation) and not ranked(n) and n.op != "count_values":
            le = ("le",) if "le" in (n.labels or ()) else ()
            return replace(n, labels=(*le, *labels) or None)
        return n

    w.tree = rewrite(w.tree, change)


_SCOPES = ("handler", "uri", "path", "url", "cluster", "schema", "datname", "db", "database", "job")


def _category(w: Work) -> bool:
    """Whether a share is asked for of a count that the question narrows to one kind: "401s as a percentage"."""
    core, _ = unscaled(w.tree)
    if w.asked.unit not in ("percent", "ratio") or w.asked.thresholds:
        return False
    names = [n for n in nodes_of(core) if isinstance(n, Selector)]
    if (
        len(names) != 1
        or names[0].metric not in w.facts
        or _SHARES.search(names[0].metric)
        or not (_rated(core) or _PARTED.search(w.question))
    ):
        return False
    return any(x.label not in SURE and x.label not in _SCOPES for x in _named(w, w.question, names[0]).values())


_SHARES = re.compile(r"ratio|percent|util|usage$", re.IGNORECASE)
_PARTED = re.compile(r"占|比例|\bshare\b|\bproportion\b|\bfraction\b|\bpercent", re.IGNORECASE)
_LEFT = re.compile(
    r"\bto spare\b|\bspare\b|\bheadroom\b|\bunused\b|\bfree\b|\bremaining\b|\bstill\b.{0,24}\b(?:open|take|available|left|room)\b|\bleft\b"
    r"|剩|还能|还可以|余量|空闲|没用|未用",
    re.IGNORECASE,
)


def _sides(w: Work) -> None:
    """Of a share, what is left or what is used: "connections to spare" where the example tells the percentage."""
    core, _ = unscaled(w.tree)
    shares = ("percent", "ratio")
    if w.same or w.asked.unit in shares or wants_share(w.question) or w.taught.unit not in shares:
        return
    if (
        any(t.unit == "percent" or t.spoken for t in w.asked.thresholds)
        or not isinstance(core, Binary)
        or core.sign != "/"
    ):
        return
    whole = core.right.body if isinstance(core.right, Parens) else core.right
    if isinstance(whole, Binary) and whole.sign in (">", "!=") and isinstance(whole.right, Number):
        whole = whole.left
    if (
        not has_selector(core.left)
        or not has_selector(whole)
        or isinstance(whole, Binary)
        or isinstance(core.left, Binary)
    ):
        return
    if _LEFT.search(w.question) and not _LEFT.search(w.told):
        w.tree = Binary(core.op.replace("/", "-", 1), whole, core.left)
        w.changes.append("what is left")
    elif _AMOUNT.search(w.question) or w.asked.unit or re.search(r"多少核|\bcores\b", w.question):
        w.tree = core.left
        w.changes.append("the amount")
    else:
        return
    w.taught = replace(w.taught, unit="")


def _share(w: Work, shell: Shell) -> None:
    """ "What percentage of all X does each Y have": the core over its own total."""
    if wants_share(w.told) or w.same or (shell.limit and not w.asked.thresholds):
        return
    if not wants_share(w.question):
        if not _category(w):
            return
        if not _SPREAD.search(w.question):
            _regroup(w, ())
    _divide(w)


def _divide(w: Work) -> None:
    """The core over its own total: of everything, or of each group where the question names a kind."""
    core, _ = unscaled(w.tree)
    some = any(_named(w, w.question, n) for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts)
    upper, _ = unscaled(core)
    if some and isinstance(upper, Binary) and upper.sign == "/" and has_selector(upper.left):
        core = upper.left  # the percentage of slow requests, asked for as a share of all slow requests
        w.taught = replace(w.taught, unit="")
    if isinstance(core, Binary | Parens | Subquery):
        w.left.append("share")
        return
    named = {(n.metric, x.label) for n in nodes_of(core) if isinstance(n, Selector) and n.metric in w.facts
             for x in _named(w, w.question, n).values()}  # fmt: skip
    labels = set(core.labels or ()) if isinstance(core, Aggregation) else set()
    parts = {x for x in named if x[1] not in SURE and x[1] not in _SCOPES}
    named = parts or named
    everything = rewrite(
        core,
        lambda n: (
            replace(n, matchers=tuple(m for m in n.matchers if (n.metric, m[0]) not in named))
            if isinstance(n, Selector)
            else n
        ),
    )
    if named and labels and not labels & {label for _, label in named}:
        w.tree = Binary("/", core, everything)  # of each group's own total
        w.changes.append("share of each")
        return
    part = _summed(core) if named else _summed(core, each=True)
    w.tree = Binary("/", part, Call("scalar", (_summed(everything),)))
    w.changes.append("share of the total")


def _summed(node: Node, each: bool = False) -> Node:
    """One number, or one for `each` group; means are summed, for shares are of sums."""
    if not isinstance(node, Aggregation):
        return node if each else Aggregation("sum", node)
    return replace(node, labels=node.labels if each else None, op="sum" if node.op == "avg" else node.op)
