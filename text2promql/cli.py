"""The command line. The answer goes to stdout, progress and reasoning to stderr.

Exit codes: 0 answered, 1 unverified or declined, 2 a mistake in the call or set-up, 130 interrupted.
Packages add commands through the entry point group `text2promql.commands`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from text2promql import asking, models
from text2promql.answer import Answer
from text2promql.client import ask_service, running_service
from text2promql.drawing import draw
from text2promql.errors import BadQuestion, SettingsError, Text2PromqlError
from text2promql.pipeline import Event, check_question
from text2promql.processes import free_port, require_port
from text2promql.service import Service
from text2promql.settings import Settings, load_settings

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Ask in English or Chinese, get PromQL.")
models_app = typer.Typer(no_args_is_help=True, help="Model files: list, pull, path.")
app.add_typer(models_app, name="models")

err = Console(stderr=True)

BackendUrl = Annotated[str | None, typer.Option("--backend", help="Base URL of the Prometheus API.")]
Index = Annotated[Path | None, typer.Option(help="Folder of the example index.")]
Model = Annotated[str | None, typer.Option(help="Model name or .gguf file.")]
ModelUrl = Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint; default the embedded model.")]


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; without it, stdin is read.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    show_prompt: Annotated[bool, typer.Option(help="Print the prompt exactly as sent, and stop.")] = False,
    backend: BackendUrl = None,
    service: Annotated[str | None, typer.Option(help="URL of a running service to ask.")] = None,
    index: Index = None,
    model: Model = None,
    model_url: ModelUrl = None,
) -> None:
    """Ask one question. Uses a service on this machine if one runs and no backend or model is named."""
    text = question if question is not None else _stdin()
    settings = load_settings(backend=backend, index=index, model=model, model_url=model_url)
    text = check_question(text, settings.max_question)
    own = backend or index or model or model_url or show_prompt
    url = service or (None if own else running_service(settings))
    if show_prompt:
        sys.stdout.write(asyncio.run(_prompt(settings, text)))
        return
    answer = asyncio.run(_ask(settings, url, text, quiet=as_json))
    sys.stdout.write(answer.model_dump_json(indent=2) + "\n" if as_json else draw(answer))
    if answer.status != "answered":
        raise typer.Exit(1)


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadQuestion(f"the question on stdin is not UTF-8 text (byte {error.start})") from error


async def _prompt(settings: Settings, question: str) -> str:
    built = Service.build(settings)
    try:
        messages = await built.pipeline().prompt(question)
    finally:
        await built.close()
    return "\n".join(f"[{m['role']}]\n{m['content']}\n" for m in messages)


async def _ask(settings: Settings, url: str | None, question: str, quiet: bool) -> Answer:
    if url:
        return _last([_show(e, quiet) async for e in ask_service(url, question, settings)])
    built = Service.build(settings)
    async with built.running(warm=False):
        return _last([_show(e, quiet) async for e in asking.ask(built, question)])


def _show(event: Event, quiet: bool) -> Event:
    if event[0] == "reasoning" and not quiet:
        err.print(getattr(event[1], "text", ""), end="", style="dim", markup=False, highlight=False)
    if event[0] in ("draft", "repaired") and not quiet:
        err.print()
    return event


def _last(events: list[Event]) -> Answer:
    answer = events[-1][1]
    assert isinstance(answer, Answer)
    return answer


@app.command()
def serve(
    backend: BackendUrl = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    index: Index = None,
    model: Model = None,
    model_url: ModelUrl = None,
) -> None:
    """Run the service: REST, server-sent events and the chat page."""
    import uvicorn

    from text2promql.server import create_app

    settings = load_settings(backend=backend, host=host, port=port, index=index, model=model, model_url=model_url)
    settings = listening(settings)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    service = Service.build(settings)
    err.print(f"text2promql for {settings.backend} listens on http://{settings.host}:{settings.port}")
    uvicorn.run(create_app(service), host=settings.host, port=settings.port, log_level="warning")


def listening(settings: Settings) -> Settings:
    """Settings with a port that can be listened on (0 becomes a free one).

    Raises SettingsError when the service would listen to the network without a token, PortTaken.
    """
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = settings.host == "localhost"
    if not loopback and not settings.token:
        raise SettingsError(
            f"host {settings.host} is not loopback: set TEXT2PROMQL_TOKEN, which callers must then send, "
            "or keep 127.0.0.1"
        )
    if not settings.port:
        return settings.model_copy(update={"port": free_port(settings.host)})
    require_port(settings.host, settings.port, "--port")
    return settings


@app.command()
def config(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print the settings in force; secrets are masked."""
    settings = load_settings()
    values: dict[str, Any] = json.loads(settings.model_dump_json())
    given = settings.model_fields_set
    if as_json:
        sys.stdout.write(json.dumps(values, indent=2) + "\n")
        return
    for name, value in values.items():
        whence = "environment" if name in given else "default"
        sys.stdout.write(f"{name} = {value}  ({whence}: TEXT2PROMQL_{name.upper()})\n")


@models_app.command("list")
def models_list() -> None:
    """The pinned models and whether they are here."""
    for spec in models.MODELS.values():
        state = "here" if models.is_present(spec.name) else "not pulled"
        sys.stdout.write(f"{spec.name}  {spec.size / 1e9:.2f} GB  {state}\n")


@models_app.command("path")
def models_path(name: str) -> None:
    """Where a model file lies."""
    sys.stdout.write(f"{models.find(name)}\n")


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument()] = "qwen2.5-coder-1.5b",
    source: Annotated[models.Source, typer.Option(help="Where from.")] = "auto",
) -> None:
    """Fetch a model file; resumes where it stopped, and checks its SHA-256."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(name, total=None)

        def progress(stage: str, done: int, total: int) -> None:
            bar.update(task, description=f"{name}: {stage}", completed=done, total=total)

        path = models.pull(name, progress, source)
    sys.stdout.write(f"{path}\n")


def main() -> None:
    """Entry point: our errors become one line on stderr and exit code 2."""
    for point in entry_points(group="text2promql.commands"):
        loaded = point.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=point.name)
        else:
            app.command(point.name)(loaded)
    try:
        app(standalone_mode=True)
    except Text2PromqlError as error:
        err.print(f"text2promql: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
