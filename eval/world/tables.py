"""Tables of the world: the entities (hosts, pods, applications) that metrics are spread over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

from eval.world.spec import Metric, Row, Table, World
from text2promql.errors import WorldError

_PLACEHOLDER = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?:\[(\d+)\])?\}")
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def number(*parts: object) -> int:
    """A 64-bit number that depends on nothing but the parts."""
    text = "\x1f".join(str(p) for p in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def uniform(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but the parts."""
    return number(*parts) / 2.0**64


def matches(row: Row, matchers: dict[str, str]) -> bool:
    """Whether every matcher, a regex over the whole value, holds; a missing column is empty."""
    return all(re.fullmatch(pattern, str(row.get(key, ""))) for key, pattern in matchers.items())


def expand(world: World) -> dict[str, list[Row]]:
    """Every table's rows. Raises WorldError for unknown tables, columns and circles."""
    done: dict[str, list[Row]] = {}
    for name in world.tables:
        _expand(world, name, done, ())
    return done


def _expand(world: World, name: str, done: dict[str, list[Row]], above: tuple[str, ...]) -> list[Row]:
    if name in done:
        return done[name]
    if name in above:
        raise WorldError(f"table {name!r} is derived from itself: {' -> '.join((*above, name))}")
    table = world.tables.get(name)
    if table is None:
        raise WorldError(f"there is no table {name!r}; tables are {', '.join(sorted(world.tables)) or 'none'}")
    source = _expand(world, table.table, done, (*above, name)) if table.table else table.rows
    for pick in table.pick:
        _expand(world, pick.table, done, (*above, name))
    rows: list[Row] = []
    for row in source:
        if matches(row, table.where):
            rows.extend(_derive(world, name, table, row, i, done) for i in range(_repeat(name, table, row)))
    done[name] = rows
    return rows


def _repeat(name: str, table: Table, row: Row) -> int:
    if isinstance(table.repeat, int):
        return table.repeat
    if table.repeat not in row:
        raise WorldError(f"table {name!r}: repeat names the column {table.repeat!r}, which {row} does not have")
    return int(row[table.repeat])


def _derive(world: World, name: str, table: Table, row: Row, i: int, done: dict[str, list[Row]]) -> Row:
    out = dict(row)
    identity = sorted(row.items())
    for pick in table.pick:
        options = [r for r in done[pick.table] if matches(r, pick.where)]
        if not options:
            raise WorldError(f"table {name!r}: pick finds no row of {pick.table!r} where {pick.where}")
        # Replicas land on neighbouring rows, as a scheduler would spread them.
        chosen = options[(number(world.seed, name, pick.table, identity) + i) % len(options)]
        for column in pick.columns:
            if column not in chosen:
                raise WorldError(f"table {name!r}: {pick.table!r} has no column {column!r}")
            out[column] = chosen[column]
    for column, template in table.add.items():
        out[column] = _fill(world.seed, name, template, out, i, identity)
    return out


def _fill(seed: int, name: str, template: str, row: Row, i: int, identity: Sequence[tuple[str, object]]) -> str:
    def replace(match: re.Match[str]) -> str:
        word, size = match.group(1), match.group(2)
        if word == "i":
            return str(i)
        if word in ("hash", "id"):
            seen = number(seed, name, identity) if word == "hash" else number(seed, name, identity, i)
            return "".join(_ALPHABET[(seen >> (5 * k)) % len(_ALPHABET)] for k in range(int(size or 5)))
        if word not in row:
            raise WorldError(f"table {name!r}: {template!r} names the column {word!r}, which is not there")
        return str(row[word])

    return _PLACEHOLDER.sub(replace, template)


def series_rows(metric: Metric, tables: dict[str, list[Row]]) -> list[tuple[dict[str, str], Row]]:
    """The (labels, whole row) of each series of a metric, before its value adds labels of its own."""
    rows: list[Row] = [{}]
    for factor in metric.over:
        if isinstance(factor, str):
            if factor not in tables:
                raise WorldError(
                    f"metric {metric.name}: there is no table {factor!r}; tables are {', '.join(sorted(tables))}"
                )
            rows = [{**a, **b} for a in rows for b in tables[factor]]
        else:
            for label, values in factor.items():
                rows = [{**a, label: v} for a in rows for v in values]
    out: dict[tuple[tuple[str, str], ...], tuple[dict[str, str], Row]] = {}
    for row in rows:
        whole: Row = {**row, **metric.set}
        if not matches(whole, metric.where):
            continue
        keep = metric.labels if metric.labels is not None else [k for k in whole if not k.startswith("_")]
        missing = [k for k in keep if k not in whole]
        if missing:
            raise WorldError(f"metric {metric.name}: no column {missing[0]!r} to make a label of")
        labels = {k: str(whole[k]) for k in [*keep, *metric.set]}
        out.setdefault(tuple(sorted(labels.items())), (labels, whole))
    if not out:
        raise WorldError(f"metric {metric.name}: no series is left (over {metric.over}, where {metric.where})")
    return list(out.values())
