"""`eval drafts`: the queries that rules make, measured without a model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.drafts import NAMES, NOW, Case, _weights
from eval.questions import Question
from eval.world.run import RunningWorld

DATASET = """
dataset: tiny
questions:
  - id: tiny-1
    question: CPU usage of each host in percent over the last 20 minutes
    golds: ['100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[20m])))']
  - {id: tiny-2, question: CPU usage of each host in percent, golds: [node_load1]}
  - {id: tiny-3, question: tell me a joke}
"""


@pytest.mark.prometheus
def test_drafts_are_graded_and_the_wrong_ones_told(world: RunningWorld, index: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(DATASET)
    wrong = tmp_path / "wrong.txt"
    command = [
        sys.executable, "-m", "text2promql", "eval", "drafts", str(tmp_path / "tiny.yaml"), "--backend", world.backend,
        "--end", str(world.end), "--wrong", str(wrong),
    ]  # fmt: skip
    environment = {**os.environ, "TEXT2PROMQL_INDEX": str(index), "TEXT2PROMQL_CACHE": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if " all " in line)
    assert [cell.strip() for cell in row.split("│")[2:-1]] == ["2", "50.0 %", "50.0 %", "50.0 %", "50.0 %", "0.0 %"]
    told = wrong.read_text()
    assert told.startswith("tiny-2 [other]") and "  = node_load1" in told and "tiny-1" not in told
    done = subprocess.run([*command, "--learn"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "50 questions" in done.stderr


def test_what_tells_right_drafts_from_wrong_ones_gets_the_weight() -> None:
    random = np.random.default_rng(0)
    question = Question(id="q", question="q", lang="en", tier="other", golds=["up"])
    cases = []
    for _ in range(240):
        features = random.normal(size=(4, len(NAMES)))
        right = (features[:, NAMES.index("foreign")] == features[:, NAMES.index("foreign")].min()).tolist()
        cases.append(Case(question, ["a", "b", "c", "d"], right, features, {}, False))
    weights = _weights(cases)
    learned = dict(zip(NAMES, weights, strict=True))
    assert learned["foreign"] < -1 and max(abs(w) for n, w in learned.items() if n != "foreign") < 0.5
    assert sum(c.order(weights)[0] for c in cases) > 200 > sum(c.order(NOW)[0] for c in cases)
