"""The service in a process of its own, which can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from text2promql.processes import free_port
from text2promql.settings import Settings

__all__ = ["serving"]

_SERVE = """
import json
import sys
from tests.fakes import QueuedModel
from text2promql.server import create_app
from text2promql.service import Service
from text2promql.settings import Settings
import uvicorn
settings = Settings.model_validate_json(sys.argv[1])
model = QueuedModel(*json.loads(sys.argv[2]), pause=0.01)
uvicorn.run(create_app(Service.build(settings, model)), host="127.0.0.1", port=settings.port, log_level="error")
"""


@contextmanager
def serving(
    settings: Settings, replies: list[str] | None = None, port: int = 0
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address and its process; `replies` are what its model says. On leaving it is killed."""
    own = settings.model_copy(update={"port": port or free_port()})
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", _SERVE, own.model_dump_json(), json.dumps(replies or [])]
    child = subprocess.Popen(command, env=environment)
    url = f"http://127.0.0.1:{own.port}"
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert child.poll() is None, "the service ended before it was ready"
            try:
                httpx.get(f"{url}/healthz", timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url, child
    finally:
        child.kill()
        child.wait()
