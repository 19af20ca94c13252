"""Explaining a query from its parse tree: each step says what it does and names what it builds.

One structure, three voices: terse English for the model's reasoning (function names kept, so that the
reasoning can be checked against the query), and full English and Chinese for people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import promql_parser as p

from text2promql.answer import Step
from text2promql.promql.printer import duration, modifiers, operator, to_text

__all__ = ["explain", "plan"]

Lang = Literal["en", "zh"]
Voice = Literal["plan", "en", "zh"]


@dataclass
class _Chain:
    """A step: where it starts and what is done to it, one operation after another."""

    start: str
    top: p.Expr
    operations: list[str] = field(default_factory=list)


def plan(expr: p.Expr) -> list[Step]:
    """The reasoning that leads to the query, terse, in English, with the function names as they are."""
    return _steps(expr, "plan")


def explain(expr: p.Expr, lang: Lang = "en") -> list[Step]:
    """The steps in words for people. The last step builds the whole query."""
    return _steps(expr, lang)


def _steps(expr: p.Expr, voice: Voice) -> list[Step]:
    walker = _Walker(voice)
    walker.build(expr)
    comma = "；" if voice == "zh" else ", "
    return [Step(step=comma.join([c.start, *c.operations]), promql=to_text(_bare(c.top))) for c in walker.chains]


def _bare(expr: p.Expr) -> p.Expr:
    while isinstance(expr, p.ParenExpr):
        expr = expr.expr
    return expr


class _Walker:
    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.words = _WORDS[voice]
        self.chains: list[_Chain] = []

    def build(self, expr: p.Expr) -> int:
        """Append the steps that build `expr`; returns the number of the last one, from 0."""
        expr_bare = _bare(expr)
        match expr_bare:
            case p.VectorSelector():
                return self._start(self._leaf(expr_bare), expr_bare)
            case p.MatrixSelector():
                return self._start(self._leaf(expr_bare.vector_selector), expr_bare)
            case p.SubqueryExpr():
                return self.build(expr_bare.expr)
            case p.Call():
                return self._call(expr_bare)
            case p.AggregateExpr():
                at = self.build(expr_bare.expr)
                return self._then(at, self._aggregation(expr_bare), expr_bare)
            case p.UnaryExpr():
                return self._then(self.build(expr_bare.expr), self.words["negate"], expr_bare)
            case p.BinaryExpr():
                return self._binary(expr_bare)
        return self._start(self.words["value"].format(text=to_text(expr_bare)), expr_bare)

    def _start(self, text: str, top: p.Expr) -> int:
        self.chains.append(_Chain(text, top))
        return len(self.chains) - 1

    def _then(self, at: int, text: str, top: p.Expr) -> int:
        if at != len(self.chains) - 1:
            return self._start(f"{self._ref(at)}: {text}", top)
        self.chains[at].operations.append(text)
        self.chains[at].top = top
        return at

    def _ref(self, at: int) -> str:
        return self.words["step"].format(n=at + 1)

    def _leaf(self, s: p.VectorSelector) -> str:
        conditions = [str(m) for m in s.matchers.matchers]
        conditions += [str(m) for group in s.matchers.or_matchers for m in group]
        text = self.words["take"].format(metric=s.name or "{}")
        if conditions:
            text += self.words["where"].format(conditions=", ".join(conditions))
        moved = modifiers(s.offset, s.at).strip()
        return text + (self.words["offset"].format(offset=moved) if moved else "")

    def _call(self, call: p.Call) -> int:
        name = call.func.name
        vectors = [a for a in call.args if _is_vector(a)]
        others = [to_text(a) for a in call.args if not _is_vector(a)]
        if not vectors:
            return self._start(self.words["value"].format(text=to_text(call)), call)
        inner = _bare(vectors[0])
        at = self.build(inner)
        span = ""
        if isinstance(inner, p.MatrixSelector):
            span = duration(inner.range)
        elif isinstance(inner, p.SubqueryExpr):
            step = duration(inner.step) if inner.step else ""
            span = f"[{duration(inner.range) if inner.range else ''}:{step}]"
            span += modifiers(inner.offset, inner.at)
        return self._then(at, self._function(name, span, others), call)

    def _function(self, name: str, span: str, others: list[str]) -> str:
        told = _FUNCTIONS.get(name, {}).get(self.voice)
        extra = " ".join(others)
        if told:
            return told.format(span=span, extra=extra)
        over = self.words["over"].format(span=span) if span else ""
        return f"{name}{' ' + extra if extra else ''}{over}"

    def _aggregation(self, a: p.AggregateExpr) -> str:
        name = str(a.op)
        labels, way = "", ""
        if a.modifier is not None:
            way = "by" if a.modifier.type == p.AggModifierType.By else "without"
            labels = ", ".join(a.modifier.labels)
        param = "" if a.param is None else to_text(a.param)
        if self.voice == "plan":
            return name + (f" {param}" if param else "") + (f" {way} ({labels})" if way else "")
        told = _AGGREGATIONS.get(name, {}).get(self.voice, f"{name} {{param}}").format(param=param)
        if not way:
            return told + (self.words["all"] if name not in ("topk", "bottomk") else "")
        return self.words[way].format(told=told, labels=labels)

    def _binary(self, b: p.BinaryExpr) -> int:
        left, right = _is_vector(b.lhs), _is_vector(b.rhs)
        op = operator(b)
        if left and right:
            first = self.build(b.lhs)
            second = self.build(b.rhs)
            return self._start(self._combine(first, op, second), b)
        if not left and not right:
            return self._start(self.words["value"].format(text=to_text(b)), b)
        if left:
            at = self.build(b.lhs)
            return self._then(at, self._compare(op, to_text(b.rhs)), b)
        at = self.build(b.rhs)
        text = f"{to_text(b.lhs)} {op} {self.words['this']}"
        return self._then(at, text if self.voice == "plan" else self.words["compute"].format(text=text), b)

    def _compare(self, op: str, value: str) -> str:
        if self.voice == "plan":
            return f"{op} {value}"
        if op in ("<", ">", "<=", ">=", "==", "!="):
            return self.words["keep"].format(op=op, value=value)
        return self.words["compute"].format(text=f"{self.words['this']} {op} {value}")

    def _combine(self, first: int, op: str, second: int) -> str:
        text = f"{self._ref(first)} {op} {self._ref(second)}"
        return text if self.voice == "plan" else self.words["compute"].format(text=text)


def _is_vector(expr: p.Expr) -> bool:
    """Whether the expression yields an instant or range vector (not a scalar or string)."""
    bare = _bare(expr)
    match bare:
        case p.NumberLiteral() | p.StringLiteral():
            return False
        case p.Call():
            return bare.func.return_type not in (p.ValueType.Scalar, p.ValueType.String)
        case p.UnaryExpr():
            return _is_vector(bare.expr)
        case p.BinaryExpr():
            return _is_vector(bare.lhs) or _is_vector(bare.rhs)
    return True


_WORDS: dict[Voice, dict[str, str]] = {
    "plan": {
        "take": "{metric}", "where": " with {conditions}", "offset": " {offset}", "value": "{text}",
        "step": "step {n}", "over": " over {span}", "negate": "negate", "this": "this",
    },
    "en": {
        "take": "take {metric}", "where": " where {conditions}", "offset": ", shifted by {offset}",
        "value": "take the value {text}", "step": "step {n}", "over": " over {span}", "negate": "change the sign",
        "this": "it", "keep": "keep only what is {op} {value}", "compute": "compute {text}",
        "by": "{told} for each {labels}", "without": "{told} over {labels}", "all": " over everything",
    },
    "zh": {
        "take": "取 {metric}", "where": "（条件：{conditions}）", "offset": "，时间偏移 {offset}",
        "value": "取值 {text}", "step": "第 {n} 步", "over": "，窗口 {span}", "negate": "取负",
        "this": "该结果", "keep": "只保留 {op} {value} 的结果", "compute": "计算 {text}",
        "by": "按 {labels} 分组{told}", "without": "去掉 {labels} 后{told}", "all": "（合并全部序列）",
    },
}  # fmt: skip

_AGGREGATIONS: dict[str, dict[str, str]] = {
    "sum": {"en": "add up", "zh": "求和"},
    "avg": {"en": "average", "zh": "求平均"},
    "max": {"en": "take the highest", "zh": "取最大值"},
    "min": {"en": "take the lowest", "zh": "取最小值"},
    "count": {"en": "count the series", "zh": "统计序列个数"},
    "group": {"en": "keep one series", "zh": "去重"},
    "stddev": {"en": "take the standard deviation", "zh": "求标准差"},
    "topk": {"en": "keep the {param} highest", "zh": "取最大的 {param} 个"},
    "bottomk": {"en": "keep the {param} lowest", "zh": "取最小的 {param} 个"},
    "quantile": {"en": "take the {param} quantile", "zh": "取 {param} 分位数"},
    "count_values": {"en": "count the series per value as {param}", "zh": "按取值计数（{param}）"},
}

_FUNCTIONS: dict[str, dict[str, str]] = {
    "rate": {"en": "compute the per-second rate over {span}", "zh": "计算 {span} 内的每秒速率"},
    "irate": {
        "en": "compute the rate from the last two samples within {span}",
        "zh": "用 {span} 内最后两个样本计算瞬时速率",
    },
    "increase": {"en": "compute the increase over {span}", "zh": "计算 {span} 内的增量"},
    "delta": {"en": "compute the change over {span}", "zh": "计算 {span} 内的变化量"},
    "deriv": {"en": "compute the slope per second over {span}", "zh": "计算 {span} 内的每秒变化斜率"},
    "changes": {"en": "count how often the value changed over {span}", "zh": "统计 {span} 内数值变化的次数"},
    "resets": {"en": "count the counter resets over {span}", "zh": "统计 {span} 内计数器重置次数"},
    "sum_over_time": {"en": "add up the samples over {span}", "zh": "把 {span} 内的样本相加"},
    "avg_over_time": {"en": "average the samples over {span}", "zh": "求 {span} 内样本的平均值"},
    "max_over_time": {"en": "take the highest sample over {span}", "zh": "取 {span} 内的最大值"},
    "min_over_time": {"en": "take the lowest sample over {span}", "zh": "取 {span} 内的最小值"},
    "count_over_time": {"en": "count the samples over {span}", "zh": "统计 {span} 内的样本个数"},
    "last_over_time": {"en": "take the newest sample within {span}", "zh": "取 {span} 内的最新样本"},
    "quantile_over_time": {
        "en": "take the {extra} quantile of the samples over {span}",
        "zh": "取 {span} 内样本的 {extra} 分位数",
    },
    "histogram_quantile": {
        "en": "compute the {extra} quantile from the buckets",
        "zh": "由直方图桶计算 {extra} 分位数",
    },
    "predict_linear": {
        "en": "extend the trend over {span} by {extra} seconds",
        "zh": "按 {span} 的趋势外推 {extra} 秒",
    },
    "absent": {"en": "give 1 if there is no such series", "zh": "若没有这样的序列则返回 1"},
    "abs": {"en": "take the absolute value", "zh": "取绝对值"},
    "clamp_min": {"en": "raise to at least {extra}", "zh": "下限取 {extra}"},
    "clamp_max": {"en": "limit to at most {extra}", "zh": "上限取 {extra}"},
    "sort": {"en": "sort ascending", "zh": "升序排列"},
    "sort_desc": {"en": "sort descending", "zh": "降序排列"},
    "timestamp": {"en": "take the time of the sample", "zh": "取样本的时间戳"},
    "scalar": {"en": "take the single value as a scalar", "zh": "转为标量"},
}
