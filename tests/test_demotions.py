"""Demotions: bounded, for near questions only, and gone with the verdict."""

from __future__ import annotations

import numpy as np

from text2promql.demotions import MOST, STEP, Demotions


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_only_near_questions_and_never_more_than_the_most() -> None:
    same, near, far = unit(1, 0, 0), unit(1, 0.25, 0), unit(1, 1, 0)
    once = Demotions([(same, frozenset({"x", "y"}))])
    assert once.of(same.tolist()) == {"x": STEP, "y": STEP}
    assert 0 < once.of(near.tolist())["x"] < STEP
    assert once.of(far.tolist()) == {}
    often = Demotions([(same, frozenset({"x"}))] * 9)
    assert often.of(same.tolist()) == {"x": MOST}
    assert Demotions().of(same.tolist()) == {}
