"""The page over a service or a Prometheus that is killed and comes back: it says so, and recovers by itself."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Page, expect

from eval.world.run import DEMO, running_world
from tests.server.serving import serving
from tests.web.conftest import OpenPage
from tests.web.steps import ask
from tests.web.test_journeys import CPU, CPU_REPLY
from text2promql.processes import free_port, start, stop
from text2promql.settings import Settings

pytestmark = [pytest.mark.prometheus, pytest.mark.browser]


@pytest.fixture
def settings(index: Path, tmp_path: Path) -> Settings:
    return Settings(index=index, cache=tmp_path, store=f"sqlite:///{tmp_path}/store.sqlite", memory=False)


def works(page: Page) -> None:
    ask(page, CPU)
    expect(page.get_by_test_id("status").last).to_have_text("Answered")
    expect(page.get_by_test_id("chart").last).to_be_visible()


def test_prometheus_killed_and_back(new_page: OpenPage, settings: Settings, tmp_path: Path) -> None:
    page = new_page()
    with running_world(DEMO, tmp_path / "world", hours=0.2) as world:
        own = settings.model_copy(update={"backend": world.backend})
        with serving(own, [CPU_REPLY] * 3) as (url, _):
            page.goto(url)
            works(page)
            world.prometheus.kill()
            world.prometheus.wait()
            page.get_by_role("button", name="Refresh").click()
            expect(page.get_by_text("The result could not be loaded")).to_be_visible()
            ask(page, CPU)
            expect(page.get_by_test_id("status").last).to_have_text("Failed")
            expect(page.get_by_test_id("turn").last).to_contain_text("cannot be reached")
            expect(page.get_by_test_id("notice")).to_contain_text("The metrics backend does not answer")
            again = start(cast(list[str], world.prometheus.args), tmp_path / "again.log")
            try:
                expect(page.get_by_test_id("notice")).to_have_count(0, timeout=60_000)
                works(page)
            finally:
                stop(again)


def test_the_service_killed_in_mid_answer_and_back(new_page: OpenPage, service: str, settings: Settings) -> None:
    page = new_page()
    backend = page.request.get(f"{service}/api/v1/page").json()["backend"]
    own, port = settings.model_copy(update={"backend": backend}), free_port()
    with serving(own, [CPU_REPLY, "word " * 5000], port) as (url, child):
        page.goto(url)
        works(page)
        ask(page, CPU)
        expect(page.get_by_test_id("reasoning").last).to_contain_text("word word")
        child.kill()
        expect(page.get_by_test_id("status").last).to_have_text("Failed")
        expect(page.get_by_test_id("notice")).to_contain_text("cannot be reached")
    with serving(own, [CPU_REPLY], port):
        expect(page.get_by_test_id("notice")).to_have_count(0, timeout=30_000)
        page.get_by_role("button", name="Try again").last.click()
        expect(page.get_by_test_id("status").last).to_have_text("Answered")
        page.reload()
        expect(page.get_by_test_id("turn")).to_have_count(2)
        expect(page.get_by_test_id("chart").last).to_be_visible()
