"""llama.cpp's server as a child process on a free loopback port: started, watched, stopped."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from text2promql.errors import ModelUnavailable
from text2promql.processes import free_port, start, stop

__all__ = ["LlamaServer"]


class LlamaServer:
    """One model file in one child. Thread-safe; `ensure` starts it again when it died."""

    def __init__(
        self,
        model: Path,
        folder: Path,
        *,
        threads: int | None = None,
        n_ctx: int = 8192,
        cache_ram_mib: int = 4096,
        start_timeout: float = 300.0,
    ) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelUnavailable(
                "the embedded model needs an extra: pip install 'text2promql[local]', or set TEXT2PROMQL_MODEL_URL"
            )
        self.model, self.folder = model, folder
        self.slots = folder / "slots" / model.stem
        self._options = {
            "model": str(model),
            "n_ctx": n_ctx,
            "threads": threads or os.cpu_count() or 1,
            "cache_ram_mib": cache_ram_mib,
            "slots": f"{self.slots}/",
        }
        self.key = secrets.token_urlsafe(24)
        self._timeout = start_timeout
        # The kernel ends a child together with the *thread* that started it, and the threads of
        # asyncio.to_thread end with their event loop: this one stays as long as the server does.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="llama-starter")
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._lock = threading.Lock()
        self._stopped = False
        atexit.register(self.stop)

    @property
    def url(self) -> str:
        """Base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        return self.folder / "llama.log"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def ensure(self) -> bool:
        """Have a healthy child; returns whether it had to be started. Raises ModelUnavailable."""
        with self._lock:
            if self._child and self._child.poll() is None:
                return False
            if self._stopped:
                raise ModelUnavailable("the embedded model has been stopped")
            self._start()
            return True

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._child:
                stop(self._child, grace=3)
                self._child = None
            self._starter.shutdown()
        atexit.unregister(self.stop)

    def _start(self) -> None:
        self.slots.mkdir(parents=True, exist_ok=True)
        log = self.log
        log.unlink(missing_ok=True)
        self._port = free_port()
        options = json.dumps({**self._options, "port": self._port})
        command = [sys.executable, "-m", "text2promql.models.llama_child", options]
        self._child = self._starter.submit(start, command, log, {"LLAMA_KEY": self.key}).result()
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise ModelUnavailable(
                    f"the model server stopped at once on {self.model}; its log ends: {_tail(log)} "
                    "If the file is damaged, `text2promql models pull` fetches it again"
                )
            if self._healthy():
                return
            time.sleep(0.1)
        stop(self._child, grace=1)
        raise ModelUnavailable(f"the model server was not ready after {self._timeout:g} s; its log is {log}")

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False  # not listening yet


def _tail(log: Path, lines: int = 4) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " / ".join(text[-lines:]) or "(empty)"
