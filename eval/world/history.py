"""Hours of the world as TSDB blocks, made by promtool in two-hour pieces side by side."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from eval.world.exposition import history
from eval.world.series import CompiledWorld
from text2promql.errors import WorldError

#: Prometheus' blocks are aligned to two hours; promtool reads its whole input once for each.
BLOCK = 7200.0

Progress = Callable[[int, int], None]


def load_history(
    world: CompiledWorld,
    data: Path,
    promtool: Path,
    end: float,
    hours: float,
    progress: Progress | None = None,
) -> float:
    """Write `hours` of samples up to `end` (unix seconds) into the TSDB folder `data`.

    Returns the time of the newest sample, a multiple of the world's step. `progress(done, pieces)`.
    """
    last = np.floor(end / world.step) * world.step
    times = np.arange(last - hours * 3600, last + world.step / 2, world.step)
    pieces = [times[times // BLOCK == block] for block in np.unique(times // BLOCK)]
    data.mkdir(parents=True, exist_ok=True)
    done = 0
    with tempfile.TemporaryDirectory(prefix="text2promql-history-", dir=data.parent) as scratch:

        def load(piece: int) -> None:
            text = Path(scratch) / f"{piece}.om"
            with text.open("w", encoding="utf-8") as out:
                out.writelines(history(world, pieces[piece]))
                out.write("# EOF\n")
            blocks = Path(scratch) / f"blocks-{piece}"
            _promtool(promtool, text, blocks)
            text.unlink()
            for block in blocks.iterdir():
                shutil.move(block, data / block.name)

        with ThreadPoolExecutor(2) as pool:
            for _ in pool.map(load, range(len(pieces))):
                done += 1
                if progress:
                    progress(done, len(pieces))
    return float(last)


def _promtool(promtool: Path, text: Path, blocks: Path) -> None:
    command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(blocks)]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode:
        raise WorldError(f"promtool could not load the history: {(result.stderr or result.stdout).strip()[-500:]}")
