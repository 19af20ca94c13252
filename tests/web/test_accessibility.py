"""Every view is clean under axe in both themes, and fits a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import QueuedModel
from tests.web.conftest import OpenPage
from tests.web.contract import Contract, answer, conversation, judged, problem
from tests.web.steps import ask

pytestmark = [pytest.mark.prometheus, pytest.mark.browser]

FINDING = {"check": "c/d", "severity": "warning", "summary": "Summary", "detail": "Detail", "start": 0, "end": 3}


def contract() -> Contract:
    canned = Contract()
    stored = canned.replies["GET /api/v1/conversations/conversation-1"]["answers"][0]
    declined = answer(id="a2", status="declined", promql=None, explanation=[], findings=[FINDING], suggestions=["up?"])
    answers = [{**stored, "answer": answer(findings=[FINDING])}, {**stored, "answer": declined}]
    shown = conversation(answers=answers)
    canned.replies["GET /api/v1/conversations/conversation-1"] = shown
    canned.replies["GET /api/v1/shared/token-1"] = shown
    conflict = {"id": "c", "question": "q", "promql": "up"}
    canned.replies["POST /api/v1/feedback"] = judged(state="refused", findings=[FINDING], conflicts=[conflict])
    return canned


def welcome(page: Page) -> None:
    page.get_by_test_id("starter").first.wait_for()


def a_conversation(page: Page) -> None:
    page.get_by_test_id("chart").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    page.get_by_test_id("fix").first.click()
    page.get_by_test_id("send-feedback").click()
    page.get_by_test_id("judged").wait_for()


def a_shared_one(page: Page) -> None:
    page.get_by_test_id("chart").wait_for()


def review(page: Page) -> None:
    page.get_by_test_id("example").wait_for()


def help_dialog(page: Page) -> None:
    page.get_by_test_id("starter").first.wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def dialog(button: str) -> Any:
    """A dialog of a conversation, by the button that opens it."""

    def prepare(page: Page) -> None:
        page.get_by_test_id("chart").wait_for()
        page.get_by_role("button", name=button).first.click()
        page.get_by_role("dialog").wait_for()

    return prepare


def failed(page: Page) -> None:
    page.get_by_test_id("question").fill("what now")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("status")).to_have_text("Failed")


VIEWS: list[tuple[str, Any]] = [
    ("#/", welcome),
    ("#/c/conversation-1", a_conversation),
    ("#/shared/token-1", a_shared_one),
    ("#/review", review),
    ("#/", help_dialog),
    ("#/", failed),
    *(("#/c/conversation-1", dialog(button)) for button in ("Settings", "Share", "Rename:", "Delete:")),
]


def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    page.wait_for_timeout(300)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(v["id"], [n["html"][:150] for n in v["nodes"]][:3]) for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("address", "prepare"), VIEWS)
def test_axe_finds_nothing(new_page: OpenPage, service: str, axe: str, address: str, prepare: Any, scheme: str) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    canned = contract()
    if prepare is failed:
        canned.events = [("error", problem(422, "no")[1])]
    canned.serve(page)
    page.goto(f"{service}/{address}")
    prepare(page)
    assert violations(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_the_real_service_gives(
    new_page: OpenPage, service: str, model: QueuedModel, axe: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", locale="zh-CN")
    page.goto(service)
    welcome(page)
    assert violations(page, axe) == []
    model.replies.append("1. step\nPromQL: 100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)\n")
    ask(page, "每台主机的内存使用率")
    page.get_by_test_id("chart").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    page.get_by_test_id("wrong").click()
    assert violations(page, axe) == []
    ask(page, "给我讲个笑话")
    page.get_by_test_id("suggestion").first.wait_for()
    assert violations(page, axe) == []
    page.goto(f"{service}/#/review")
    page.get_by_test_id("tab-corpus").click()
    page.get_by_test_id("example").first.wait_for()
    assert violations(page, axe) == []


@pytest.mark.parametrize(("address", "prepare"), VIEWS[:4])
def test_a_phone_shows_all_of_it(new_page: OpenPage, service: str, address: str, prepare: Any) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    contract().serve(page)
    page.goto(f"{service}/{address}")
    prepare(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    wide = page.evaluate(
        """() => [...document.querySelectorAll('#page *')].filter(e => !e.closest('.scroll, .unseen, svg')
        && e.getBoundingClientRect().right > 361).map(e => `${e.tagName}.${e.className}`)"""
    )
    assert wide == []


def test_the_menu_on_a_phone(new_page: OpenPage, service: str) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    contract().serve(page)
    page.goto(service)
    page.get_by_test_id("menu").click()
    page.get_by_test_id("history").get_by_role("link").first.click()
    expect(page.get_by_test_id("promql")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
