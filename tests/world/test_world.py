"""The world: pure, monotonic, consistent, and clear about what is wrong with a file."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from eval.world.exposition import live
from eval.world.run import DEMO, RunningWorld
from eval.world.series import CompiledWorld, compile_world
from eval.world.spec import load
from text2promql.errors import WorldError

NOW = 1_800_000_000.0
TIMES = np.arange(NOW - 6 * 3600, NOW, 30.0)


@pytest.fixture(scope="module")
def demo_world() -> CompiledWorld:
    return compile_world(load(DEMO))


def test_the_same_file_gives_the_same_world(demo_world: CompiledWorld) -> None:
    again = compile_world(load(DEMO))
    at = np.array([NOW])
    for one, other in zip(demo_world.families, again.families, strict=True):
        assert one.series == other.series
        np.testing.assert_array_equal(one.at(at), other.at(at))


def test_any_day_has_the_same_values_at_the_same_distance_from_the_end(demo_world: CompiledWorld) -> None:
    before = np.array([-1800.0, 0.0])
    first, later = compile_world(load(DEMO)), compile_world(load(DEMO))
    first.pin(NOW)
    later.pin(NOW + 86400 * 3 + 600)
    for one, other in zip(first.families, later.families, strict=True):
        a, b = first.values(one, before + NOW), later.values(other, before + NOW + 86400 * 3 + 600)
        np.testing.assert_array_equal(a + (86400 * 3 + 600 if one.dated else 0), b, err_msg=one.name)
    assert any(f.dated for f in first.families)


def test_values_do_not_depend_on_what_else_is_asked(demo_world: CompiledWorld) -> None:
    for family in demo_world.families[:: max(1, len(demo_world.families) // 40)]:
        whole = family.at(TIMES)
        np.testing.assert_allclose(family.at(TIMES[100:101])[:, 0], whole[:, 100], rtol=1e-9)


def test_counters_only_fall_when_they_reset(demo_world: CompiledWorld) -> None:
    for family in demo_world.families:
        if family.type not in ("counter", "histogram"):
            continue
        values = family.at(TIMES)
        falls = np.argwhere(np.diff(values, axis=1) < 0)
        assert np.all(values >= 0), family.name
        for series, moment in falls:  # after a reset a counter starts near zero
            assert values[series, moment + 1] < 0.2 * values[series, moment] + 50, family.name
        # A process takes all its counters with it: what counts is how many processes started anew.
        assert len(set(falls[:, 1])) <= 0.1 * len(values) + 1, f"{family.name} resets too often"


def test_histograms_are_consistent(demo_world: CompiledWorld) -> None:
    for family in (f for f in demo_world.families if f.type == "histogram"):
        values = family.at(TIMES[::60])
        buckets: dict[str, list[tuple[float, int]]] = {}
        counts: dict[str, int] = {}
        for i, (name, labels) in enumerate(family.series):
            rest = repr(sorted((k, v) for k, v in labels.items() if k != "le"))
            if name.endswith("_bucket"):
                buckets.setdefault(rest, []).append((float(labels["le"]), i))
            elif name.endswith("_count"):
                counts[rest] = i
        for rest, members in buckets.items():
            rising = values[[i for _, i in sorted(members)]]
            assert np.all(np.diff(rising, axis=0) >= 0), f"{family.name}: buckets fall with le"
            np.testing.assert_array_equal(rising[-1], values[counts[rest]])


def test_the_exposition_is_valid(demo_world: CompiledWorld) -> None:
    parsed = list(text_string_to_metric_families(live(demo_world, NOW)))
    assert {f.name for f in demo_world.families} <= {p.name for p in parsed} | {p.name + "_total" for p in parsed}
    assert all(p.documentation for p in parsed)


@pytest.mark.prometheus
def test_prometheus_holds_history_metadata_and_fresh_samples(world: RunningWorld) -> None:
    def query(text: str, at: float) -> list[dict[str, list[str]]]:
        reply = httpx.get(f"{world.backend}/api/v1/query", params={"query": text, "time": at}).json()
        found: list[dict[str, list[str]]] = reply["data"]["result"]
        return found

    assert query("count(node_load1)", world.end - 5.9 * 3600)
    assert query("count(node_load1)", world.end)
    assert query("count(node_load1)", world.end - 86400 - 3600), "the same time yesterday"
    assert query("count(node_load1)", world.end - 7 * 86400 - 3600), "the same time a week ago"
    assert not query("count(node_load1)", world.end - 43200)
    deadline = time.monotonic() + 45
    while not (fresh := query("count(node_load1)", time.time() + 240)) and time.monotonic() < deadline:
        time.sleep(1)  # older than the history's lookback: only a live scrape answers
    assert fresh
    metadata = httpx.get(f"{world.backend}/api/v1/metadata").json()["data"]
    assert metadata["node_cpu_seconds_total"][0]["type"] == "counter"


BAD = [
    ("metrics: [{name: x, type: gauge, help: h, value: {kind: gauge, levle: 3}}]", r"x\).*"),
    (
        "metrics: [{name: x, type: gauge, help: h, over: [nowhere], value: {kind: gauge}}]",
        "no table 'nowhere'",
    ),
    ("metrics: [{name: x, type: gauge, help: h, value: {kind: counter}}]", "needs type counter"),
    ("metrics: [{name: x, type: gauge, help: h, value: {kind: of, metric: y}}]", "no metric 'y'"),
    ("- a list", "mapping"),
    ("metrics: [", "not valid YAML"),
    ("include: [nothing/*.yaml]", "matches no file"),
    ("tables: {a: {from: a}}", "derived from itself"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_bad_file_is_told_by_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(text)
    with pytest.raises(WorldError, match=words):
        compile_world(load(path))
