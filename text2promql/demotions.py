"""Demotions: examples that led to an answer judged wrong stand back for questions like that one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Demotions"]

#: From this cosine on a question is like another; at 1 it is the same, and the whole STEP counts.
NEAR = 0.94
#: What one wrong answer costs an example in fused score (examples MARGIN = 0.04 behind are not shown), and the most.
STEP, MOST = 0.03, 0.06


class Demotions:
    """Immutable. Each entry: the vector of a question that was answered wrongly, and the examples that misled."""

    def __init__(self, wrong: Sequence[tuple[NDArray[np.float32], frozenset[str]]] = ()) -> None:
        self._misled = [ids for _, ids in wrong]
        self._vectors = np.stack([vector for vector, _ in wrong]) if wrong else None

    def of(self, vector: Sequence[float]) -> dict[str, float]:
        """Example id to what it loses in score for a question of this vector (0 to MOST)."""
        if self._vectors is None:
            return {}
        alike = self._vectors @ np.asarray(vector, dtype=np.float32)
        lost: dict[str, float] = {}
        for place in np.flatnonzero(alike > NEAR):
            share = min(1.0, (float(alike[place]) - NEAR) / (1 - NEAR))
            for name in self._misled[place]:
                lost[name] = min(MOST, lost.get(name, 0.0) + STEP * share)
        return lost
