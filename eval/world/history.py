"""Hours of the world as TSDB blocks, made by promtool in two-hour pieces side by side.

Beside the last hours there is a piece of the same time yesterday and a week ago, so that "compared with
yesterday" has an answer.
"""

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
from eval.world.signal import Array
from text2promql.errors import WorldError

#: Prometheus' blocks are aligned to two hours; promtool reads its whole input once for each.
BLOCK = 7200.0
#: The world is pinned to a multiple of this, so that subqueries with steps up to it meet the same samples in every run.
ALIGNED = 600.0
#: Distances of the pieces of the past, and how much there is of each before and after its middle (seconds).
EARLIER = (86400.0, 7 * 86400.0)
BEFORE, AFTER = 5400.0, 600.0

Progress = Callable[[int, int], None]


def load_history(
    world: CompiledWorld,
    data: Path,
    promtool: Path,
    end: float,
    hours: float,
    progress: Progress | None = None,
    ahead: float = AFTER,
) -> float:
    """Write `hours` of samples up to `end` (unix seconds) into the TSDB folder `data`, and pin the world.

    Returns the moment to which it is pinned: the last multiple of ten minutes. `progress(done, pieces)`. The pieces
    of the past reach `ahead` seconds further: so long can a running world be compared with them.
    """
    pinned = float(np.floor(end / ALIGNED) * ALIGNED)
    world.pin(pinned)
    spans = [(pinned - hours * 3600, end)] + [(pinned - ago - BEFORE, end - ago + ahead) for ago in EARLIER]
    times = np.unique(np.concatenate([_steps(*span, world.step) for span in spans]))
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
    return pinned


def _steps(start: float, end: float, step: float) -> Array:
    return np.arange(np.ceil(start / step) * step, end + 1e-6, step)


def _promtool(promtool: Path, text: Path, blocks: Path) -> None:
    command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(blocks)]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode:
        raise WorldError(f"promtool could not load the history: {(result.stderr or result.stdout).strip()[-500:]}")
