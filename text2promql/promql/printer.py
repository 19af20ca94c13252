"""Printing an expression on one line, in one house style: `sum by (service) (rate(x[5m]))`."""

from __future__ import annotations

import math
from datetime import timedelta

import promql_parser as p

__all__ = ["duration", "modifiers", "number", "operator", "to_text"]


def duration(delta: timedelta) -> str:
    return str(p.display_duration(delta))


def to_text(expr: p.Expr) -> str:  # noqa: C901  one case a kind of node
    """The expression as PromQL that parses back to the same expression."""
    match expr:
        case p.ParenExpr():
            return f"({to_text(expr.expr)})"
        case p.NumberLiteral():
            return number(expr.val)
        case p.StringLiteral():
            return str(expr)
        case p.VectorSelector():
            return _vector(expr, "")
        case p.MatrixSelector():
            return _vector(expr.vector_selector, f"[{duration(expr.range)}]")
        case p.SubqueryExpr():
            step = duration(expr.step) if expr.step else ""
            span = duration(expr.range) if expr.range else ""
            return f"{to_text(expr.expr)}[{span}:{step}]{modifiers(expr.offset, expr.at)}"
        case p.UnaryExpr():
            return f"-{to_text(expr.expr)}"
        case p.Call():
            return f"{expr.func.name}({', '.join(to_text(a) for a in expr.args)})"
        case p.AggregateExpr():
            inner = to_text(expr.expr)
            if expr.param is not None:
                inner = f"{to_text(expr.param)}, {inner}"
            grouping = str(expr.modifier).strip() if expr.modifier else ""
            return f"{expr.op} {_grouping(expr)} ({inner})" if grouping else f"{expr.op}({inner})"
        case p.BinaryExpr():
            return f"{to_text(expr.lhs)} {operator(expr)} {to_text(expr.rhs)}"
    raise TypeError(f"unknown kind of expression: {type(expr).__name__}")


def operator(expr: p.BinaryExpr) -> str:
    """The operator with bool, on/ignoring and group_left/right."""
    parts = [str(expr.op)]
    modifier = expr.modifier
    if modifier is None:
        return parts[0]
    if modifier.return_bool:
        parts.append("bool")
    if modifier.matching is not None:
        word = "on" if modifier.matching.type == p.LabelModifierType.Include else "ignoring"
        parts.append(f"{word} ({', '.join(modifier.matching.labels)})")
    if modifier.card in (p.VectorMatchCardinality.ManyToOne, p.VectorMatchCardinality.OneToMany):
        word = "group_left" if modifier.card == p.VectorMatchCardinality.ManyToOne else "group_right"
        parts.append(f"{word} ({', '.join(modifier.group_labels or [])})")
    return " ".join(parts)


def modifiers(offset: timedelta | None, at: p.AtModifier | None) -> str:
    """` offset 1h` and ` @ ...`, or nothing."""
    text = ""
    if offset:
        negative = offset < timedelta(0)
        text += f" offset {'-' if negative else ''}{duration(-offset if negative else offset)}"
    if at is not None:
        text += f" @ {_at(at)}"
    return text


def _at(at: p.AtModifier) -> str:
    if at.type == p.AtModifierType.Start:
        return "start()"
    if at.type == p.AtModifierType.End:
        return "end()"
    return f"{at.at.timestamp():.3f}" if at.at else ""


def _grouping(expr: p.AggregateExpr) -> str:
    modifier = expr.modifier
    if modifier is None:
        return ""
    word = "by" if modifier.type == p.AggModifierType.By else "without"
    return f"{word} ({', '.join(modifier.labels)})"


def _vector(selector: p.VectorSelector, span: str) -> str:
    matchers = [str(m) for m in selector.matchers.matchers]
    inner = " or ".join([", ".join(matchers), *(", ".join(map(str, g)) for g in selector.matchers.or_matchers)])
    inner = inner.removeprefix(" or ")
    braces = f"{{{inner}}}" if inner or not selector.name else ""
    return f"{selector.name or ''}{braces}{span}{modifiers(selector.offset, selector.at)}"


def number(value: float) -> str:
    if math.isinf(value) or math.isnan(value):
        return "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
