"""A world, running: history in a real Prometheus and a live exporter that it scrapes."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from eval.world.exposition import live, metadata
from eval.world.history import AFTER, Progress, load_history
from eval.world.series import CompiledWorld, compile_world
from eval.world.spec import load
from text2promql.errors import WorldError
from text2promql.processes import free_port, require_port, start, stop

__all__ = ["DEMO", "RunningWorld", "prometheus_binary", "running_world"]

ROOT = Path(__file__).resolve().parents[2]
DEMO = Path(__file__).with_name("demo.yaml")


@dataclass(frozen=True)
class RunningWorld:
    backend: str
    end: float
    """The moment questions are asked of (unix seconds); the same world has the same values there in every run."""
    series: int
    prometheus: subprocess.Popen[bytes]


def prometheus_binary(name: str = "prometheus") -> Path:
    """Where `prometheus` or `promtool` is: made by `make setup`, or on the PATH."""
    local = ROOT / ".tools" / "prometheus" / "usr" / "bin" / name
    found = str(local) if local.exists() else shutil.which(name)
    if found is None:
        raise WorldError(
            f"{name} is not installed. In a clone run `make setup`, or `apt-get install prometheus`, and try again"
        )
    return Path(found)


@contextmanager
def running_world(
    path: Path,
    folder: Path,
    hours: float = 6.0,
    port: int = 0,
    progress: Progress | None = None,
    ahead: float = AFTER,
) -> Iterator[RunningWorld]:
    """Run a world file; on leaving, nothing is left running. `folder` is emptied and holds the TSDB."""
    world = compile_world(load(path))
    prometheus, promtool = prometheus_binary("prometheus"), prometheus_binary("promtool")
    port = port or free_port()
    require_port("127.0.0.1", port, "--backend-port")
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    end = load_history(world, data, promtool, time.time(), hours, progress, ahead)
    with _exporter(world) as exporter:
        child = _prometheus(prometheus, folder, data, port, exporter, world.step)
        try:
            backend = f"http://127.0.0.1:{port}"
            _wait_ready(backend, child, folder / "prometheus.log")
            yield RunningWorld(backend, end, world.size, child)
        finally:
            stop(child)


@contextmanager
def _exporter(world: CompiledWorld) -> Iterator[int]:
    """Serve the present of the world at /metrics, and its HELP and TYPE at /metadata, on a free loopback port."""
    heads = metadata(world)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (heads if self.path == "/metadata" else live(world, time.time())).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="world-exporter", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _prometheus(
    binary: Path, folder: Path, data: Path, port: int, exporter: int, step: float
) -> subprocess.Popen[bytes]:
    config = folder / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: {step:g}s, scrape_timeout: {min(step, 10):g}s}}\n"
        "scrape_configs:\n"
        "  - job_name: world\n"
        "    honor_labels: true\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]\n"
        # Prometheus spreads first scrapes over a whole interval: with a short one, types and HELP are there at once.
        "  - job_name: world-metadata\n"
        "    metrics_path: /metadata\n"
        "    scrape_interval: 2s\n"
        "    scrape_timeout: 2s\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]\n"
    )
    return start(
        [
            binary, f"--config.file={config}", f"--storage.tsdb.path={data}",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=30d",
            "--log.level=warn",
        ],
        folder / "prometheus.log",
    )  # fmt: skip


def _wait_ready(backend: str, child: subprocess.Popen[bytes], log: Path, timeout: float = 180.0) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise WorldError(f"Prometheus stopped at once; its log says: {log.read_text()[-500:]}")
        try:
            ready = httpx.get(f"{backend}/-/ready", timeout=2).status_code == 200
            if ready and httpx.get(f"{backend}/api/v1/metadata", params={"limit": 1}, timeout=2).json()["data"]:
                return
        except httpx.TransportError:
            pass  # not listening yet; asked again below
        time.sleep(0.2)
    raise WorldError(f"Prometheus was not ready after {timeout:g} s; its log is {log}")
