"""Which world a command measures on: one that runs already, or the demo world on a Prometheus of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.world.run import DEMO, running_world

__all__ = ["BackendUrl", "End", "WorldFile", "backend_at"]

BackendUrl = Annotated[str | None, typer.Option("--backend", help="A running world; without it one is started.")]
End = Annotated[float | None, typer.Option(help="The moment at which --backend is asked (unix seconds).")]
WorldFile = Annotated[
    Path, typer.Option("--world", help="The world file to start; eval/world/README.md tells the format.")
]

err = Console(stderr=True)


@contextmanager
def backend_at(url: str | None, end: float | None, world: Path = DEMO) -> Iterator[tuple[str, float]]:
    """A backend and the moment to ask it."""
    if url is not None:
        if end is None:
            raise typer.BadParameter("--backend needs --end, the moment at which its data is compared")
        yield url, end
        return
    with tempfile.TemporaryDirectory(prefix="text2promql-eval-") as folder:
        err.print(f"Starting the world {world.stem} ...")
        with running_world(world, Path(folder) / "world") as running:
            yield running.backend, running.end
