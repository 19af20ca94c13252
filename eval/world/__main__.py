"""`python -m eval.world FILE [HOURS]`: run a world alone, for its authors. Ctrl-C ends it."""

import sys
import tempfile
import time
from pathlib import Path

from eval.world.run import DEMO, running_world

if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO
    hours = float(sys.argv[2]) if len(sys.argv) > 2 else 6.0
    with tempfile.TemporaryDirectory() as folder, running_world(file, Path(folder) / "world", hours) as world:
        sys.stdout.write(f"{world.backend} {world.series} series, pinned at {world.end:.0f}\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass
