"""`text2promql demo`: a world on a real Prometheus, and the service in front of it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from eval.world.run import DEMO, RunningWorld, running_world
from offline.build import build
from text2promql.cli import listening
from text2promql.embeddings import embedder
from text2promql.errors import Text2PromqlError
from text2promql.server import create_app
from text2promql.service import Service, corpus_folder
from text2promql.settings import Settings, load_settings

__all__ = ["demo"]

#: Seconds for which a running demo can be compared with yesterday and last week.
AHEAD = 7200.0

err = Console(stderr=True)


def demo(
    world: Annotated[Path, typer.Option(help="World file; its format is told in eval/world/README.md.")] = DEMO,
    hours: Annotated[float, typer.Option(min=0.1, max=48, help="Hours of history to load.")] = 6.0,
    port: Annotated[int | None, typer.Option(help="Port of the service; 0 takes a free one.")] = None,
    backend_port: Annotated[int, typer.Option(help="Port of Prometheus; 0 takes a free one.")] = 0,
    headless: Annotated[bool, typer.Option(help="Do not invite to open the page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
    model: Annotated[str | None, typer.Option(help="Model name or .gguf file.")] = None,
    model_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint.")] = None,
) -> None:
    """Run a simulated world on a real Prometheus with the service on top, until Ctrl-C."""
    settings = _for_a_demo(listening(load_settings(port=port, model=model, model_url=model_url)))
    # Always: the reasoning is derived anew, and questions that are in the index keep their vectors.
    build([corpus_folder()], settings.index, embedder(settings.embedder))
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="text2promql-demo-") as folder:
        err.print(f"Loading {hours:g} h of history ...")
        progress = lambda done, total: err.print(f"  {done} of {total} blocks")  # noqa: E731
        with running_world(world, Path(folder) / "world", hours, backend_port, progress, AHEAD) as running:
            public = settings.public_prometheus_url or running.backend
            own = settings.model_copy(update={"backend": running.backend, "public_prometheus_url": public})
            asyncio.run(_serve(own, running, headless, as_json))


def _for_a_demo(settings: Settings) -> Settings:
    """What is learned about a simulated world is learned at once, and kept apart, unless settings say otherwise."""
    defaults = {"learning": "auto", "store": settings.store.replace("store.sqlite", "demo.sqlite")}
    return settings.model_copy(update={k: v for k, v in defaults.items() if k not in settings.model_fields_set})


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


async def _serve(settings: Settings, running: RunningWorld, headless: bool, as_json: bool) -> None:
    service = Service.build(settings)
    config = uvicorn.Config(
        create_app(service),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.05)
    while service.starting == "the model is starting" and not serving.done():
        await asyncio.sleep(0.1)
    if service.starting and not serving.done():
        server.should_exit = True
        await serving
        raise Text2PromqlError(service.starting)
    _announce(settings, running, headless, as_json)
    await serving


def _announce(settings: Settings, running: RunningWorld, headless: bool, as_json: bool) -> None:
    url = f"http://{settings.host}:{settings.port}"
    if as_json:
        sys.stdout.write(json.dumps({"service": url, "backend": running.backend, "end": running.end}) + "\n")
    else:
        sys.stdout.write(f"service  {url}\nbackend  {running.backend}  ({running.series} series)\n")
        if not headless:
            command = sys.argv[0]  # as it was typed: the virtual environment need not be on the PATH
            sys.stdout.write(f'\nOpen {url} and ask, or type: {command} ask "CPU usage of every node in percent"\n')
    sys.stdout.flush()
