"""Chromium, and the built page: over the real service on a real Prometheus, or over canned replies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from eval.world.run import RunningWorld
from tests.fakes import QueuedModel
from tests.server.test_app import listening
from text2promql.service import chat_folder
from text2promql.settings import Settings

AXE = Path(__file__).parents[2] / "web" / "chat" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="package")
def queue() -> QueuedModel:
    return QueuedModel(pause=0.01)


@pytest.fixture
def model(queue: QueuedModel) -> QueuedModel:
    """The model of the service, without what a test before left in its queue."""
    queue.replies.clear()
    return queue


@pytest.fixture(scope="package")
def service(
    world: RunningWorld, index: Path, queue: QueuedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the real service; its model streams what a test queues."""
    if not (chat_folder() / "index.html").exists():
        pytest.fail("the chat page is not built; `make test` builds it", pytrace=False)
    folder = tmp_path_factory.mktemp("page")
    store = f"sqlite:///{folder}/store.sqlite"
    settings = Settings(backend=world.backend, index=index, cache=folder, store=store, learning="auto", memory=False)
    with listening(settings, queue) as url:
        yield url


@pytest.fixture(scope="package")
def browser(service: str) -> Iterator[Browser]:
    """Started after the service: nothing else may run a loop in this thread while Playwright does."""
    chromium = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
    assert chromium, "Chromium is missing; `make test` installs it"
    with sync_playwright() as play:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = play.chromium.launch(executable_path=chromium, args=args)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[OpenPage]:
    """Makes a page with options of a browser context. Whatever it reports as wrong fails the test."""
    wrong: list[str] = []
    with ExitStack() as stack:

        def make(**options: object) -> Page:
            given = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options}
            context = browser.new_context(**given)  # type: ignore[arg-type]
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda e: wrong.append(str(e)))
            page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
            return page

        yield make
    assert wrong == []


@pytest.fixture
def page(new_page: OpenPage) -> Page:
    return new_page()


@pytest.fixture(scope="package")
def axe() -> str:
    if not AXE.exists():
        pytest.fail("axe-core is missing; `make test` fetches it", pytrace=False)
    return AXE.read_text()
