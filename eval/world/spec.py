"""The world file as data: pydantic models that forbid unknown keys. The format is told in README.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from text2promql.errors import WorldError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

Row = dict[str, str | int | float]


def seconds(text: str | int | float) -> float:
    """A Prometheus duration ("90s", "1h30m") or a plain number, in seconds."""
    if isinstance(text, int | float):
        return float(text)
    if not text or _DURATION.sub("", text):
        raise ValueError(f"{text!r} is not a duration; write 30s, 5m, 6h or 2d")
    return sum(float(n) * _SECONDS[unit] for n, unit in _DURATION.findall(text))


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Levels(Strict):
    """A level that depends on one column or label of the series."""

    by: str
    values: dict[str, float]
    default: float = 0.0


class Override(Strict):
    """Fields of the signal that differ where every matcher (a full-match regex) holds."""

    match: dict[str, str]
    level: float | None = None
    spread: float | None = None
    swing: float | None = None
    noise: float | None = None


class Spike(Strict):
    """Short bursts: in `share` of the windows of length `lasts` the level is multiplied by `factor`."""

    share: float = Field(gt=0, lt=1)
    factor: float = Field(gt=0)
    lasts: str = "5m"


class Signal(Strict):
    """How a number moves: level x per-series spread x (1 + swing + noise), clipped to [min, max]."""

    level: float | Levels = 1.0
    scale: str | None = Field(None, description="a numeric column that multiplies the level")
    spread: float = Field(0.25, ge=0, description="sigma of the log-normal factor between series")
    swing: float = Field(0.15, ge=0, description="relative amplitude of the slow wave")
    period: str = Field("4h", description="length of the slow wave")
    noise: float = Field(0.05, ge=0, description="relative amplitude of the fast wobble")
    min: float | None = None
    max: float | None = None
    round: bool = False
    by: list[str] | None = Field(None, description="columns that decide the randomness; default all labels")
    spike: Spike | None = None
    when: list[Override] = []


class Gauge(Signal):
    kind: Literal["gauge"]


class Fill(Strict):
    """One value of `label` takes what the others leave of `total` (idle CPU time, for example)."""

    label: str
    value: str
    total: float = 1.0


class Counter(Signal):
    kind: Literal["counter"]
    resets: bool = True
    fill: Fill | None = None

    @model_validator(mode="after")
    def _monotonic(self) -> Counter:
        if self.swing + self.noise > 0.95:
            raise ValueError("a counter needs swing + noise <= 0.95, or its rate would turn negative")
        if self.min is not None or self.max is not None:
            raise ValueError("a counter's rate cannot be clipped; drop min and max")
        return self


class Histogram(Strict):
    kind: Literal["histogram"]
    buckets: list[float] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    rate: Signal = Signal()
    median: Signal = Signal(level=0.05)
    sigma: float = Field(0.8, gt=0)
    slow_share: float = Field(0.03, ge=0, lt=1)
    slow_factor: float = Field(8.0, gt=1)


class Summary(Strict):
    kind: Literal["summary"]
    quantiles: list[str] = ["0.5", "0.9", "0.99"]
    rate: Signal = Signal()
    median: Signal = Signal(level=0.05)
    sigma: float = Field(0.8, gt=0)


class State(Strict):
    """One series per value of `label`; 1 for the one that holds, 0 for the others."""

    kind: Literal["state"]
    label: str
    values: dict[str, float] = Field(description="value -> weight")
    when: list[StateOverride] = []
    hold: str | None = Field(None, description="draw again after this long; default never")
    only_current: bool = Field(False, description="leave out the zero series, like a reason that applies")
    by: list[str] | None = None


class StateOverride(Strict):
    match: dict[str, str]
    value: str


class Constant(Strict):
    kind: Literal["constant"]
    value: float = 1.0


class Column(Strict):
    """The number in a column of the row, times `times`."""

    kind: Literal["column"]
    column: str
    times: float = 1.0


class Moment(Strict):
    """A moment that lies `column` times `times` seconds after the end of the world: when a certificate expires."""

    kind: Literal["moment"]
    column: str
    times: float = 1.0


class Choose(Strict):
    kind: Literal["choose"]
    values: list[float]
    by: list[str] | None = None


class Timestamp(Strict):
    """Unix time of the last of a regular event; moves forward as time passes it."""

    kind: Literal["timestamp"]
    every: str
    spread: float = Field(0.5, ge=0, lt=1)
    by: list[str] | None = None


class Of(Strict):
    """Another metric's value times a signal: used of total, errors of requests, seconds of calls.

    The other series is the one that agrees on the labels that both have (`match` narrows it). On a
    counter the signal may not move: only level, scale, spread, by, when and round count there.
    """

    kind: Literal["of"]
    metric: str
    match: dict[str, str] = {}
    times: Signal = Signal(level=0.5)
    round: bool = False


Value = Annotated[
    Gauge | Counter | Histogram | Summary | State | Constant | Column | Choose | Timestamp | Moment | Of,
    Field(discriminator="kind"),
]


class Metric(Strict):
    name: str = Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")
    type: Literal["counter", "gauge", "histogram", "summary", "untyped"]
    help: str
    unit: str = ""
    over: list[str | dict[str, list[str]]] = []
    where: dict[str, str] = {}
    labels: list[str] | None = None
    set: dict[str, str] = {}
    value: Value

    @model_validator(mode="after")
    def _kind_fits(self) -> Metric:
        needs = {"histogram": "histogram", "summary": "summary", "counter": "counter"}
        wanted = needs.get(self.value.kind)
        if wanted and self.type != wanted and not (wanted == "counter" and self.type == "untyped"):
            raise ValueError(f"value kind {self.value.kind} needs type {wanted}, not {self.type}")
        return self


class Pick(Strict):
    """Copy `columns` of one row of another table, chosen by hash; `where` narrows the rows."""

    table: str
    columns: list[str]
    where: dict[str, str] = {}


class Table(Strict):
    rows: list[Row] = []
    table: str | None = Field(None, alias="from")
    where: dict[str, str] = {}
    repeat: int | str = 1
    add: dict[str, str] = {}
    pick: list[Pick] = []

    @model_validator(mode="after")
    def _one_source(self) -> Table:
        if bool(self.rows) == bool(self.table):
            raise ValueError("a table has either rows or from")
        return self


class World(Strict):
    world: str = "unnamed"
    seed: int = 1
    step: str = "30s"
    include: list[str] = []
    scenario: str | None = None
    tables: dict[str, Table] = {}
    metrics: list[Metric] = []

    @field_validator("step")
    @classmethod
    def _step(cls, text: str) -> str:
        if seconds(text) < 1:
            raise ValueError("step must be at least 1s")
        return text


def load(path: Path) -> World:
    """Read a world file and what it includes. Raises WorldError that names file, place and key."""
    world = _read(path)
    for pattern in world.include:
        found = sorted(path.parent.glob(pattern))
        if not found:
            raise WorldError(f"{path}: include {pattern!r} matches no file")
        for part_path in found:
            part = _read(part_path)
            if part.include:
                raise WorldError(f"{part_path}: an included file may not include others")
            again = world.tables.keys() & part.tables.keys()
            if again:
                raise WorldError(f"{part_path}: table {sorted(again)[0]!r} is already defined")
            world.tables.update(part.tables)
            world.metrics.extend(part.metrics)
    return world


def _read(path: Path) -> World:
    try:
        data: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise WorldError(f"cannot read world file {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise WorldError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise WorldError(f"{path}: a world file is a mapping with the keys world, tables and metrics")
    try:
        return World.model_validate(data)
    except ValidationError as error:
        raise WorldError("\n".join(_explain(path, data, item) for item in error.errors())) from error


def _explain(path: Path, data: Any, item: Any) -> str:
    place = list(item["loc"])
    named = ""
    if len(place) > 1 and place[0] == "metrics" and isinstance(place[1], int):
        entry = data["metrics"][place[1]]
        named = f" ({entry.get('name')})" if isinstance(entry, dict) else ""
    return f"{path}: {'.'.join(str(p) for p in place)}{named}: {item['msg']}"
