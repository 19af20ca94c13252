"""Whole ways through the page over the real service: learning, follow-ups, the history, sharing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import QueuedModel
from tests.server.serving import serving
from tests.web.conftest import OpenPage
from tests.web.steps import ask, correct
from text2promql.settings import Settings

pytestmark = [pytest.mark.prometheus, pytest.mark.browser]

CPU = "CPU usage of each host in percent"
CPU_REPLY = '1. step\nPromQL: 100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))\n'
LOAD_REPLY = "1. step\nPromQL: avg by (instance) (node_load1)\n"
FIXED = "max by (instance) (node_load5)"


def answered(page: Page, word: str = "Answered") -> None:
    expect(page.get_by_test_id("status").last).to_have_text(word)


def settled(page: Page) -> None:
    """There is an answer, sure or not: these questions are vague."""
    expect(page.get_by_test_id("status").last).to_have_text(re.compile("^(Answered|Unverified|已回答|未验证)$"))


@pytest.mark.parametrize(
    ("locale", "question", "words", "again"),
    [
        ("en-US", "pressure on the run queue of the machines", ("Answered", "Learned."), "100 % similar"),
        ("zh-CN", "各台机器的运行队列压力", ("已回答", "已学会"), "相似度 100%"),
    ],
)
def test_a_correction_is_used_the_next_time(
    new_page: OpenPage,
    service: str,
    model: QueuedModel,
    locale: str,
    question: str,
    words: tuple[str, str],
    again: str,
) -> None:
    page = new_page(locale=locale)
    page.goto(service)
    model.replies.append(LOAD_REPLY)
    ask(page, question)
    settled(page)
    correct(page, FIXED)
    expect(page.get_by_test_id("judged")).to_contain_text(words[1])
    page.get_by_test_id("new").click()
    model.replies.append(f"1. step\nPromQL: {FIXED}\n")
    ask(page, question)
    answered(page, words[0])
    expect(page.get_by_test_id("promql")).to_contain_text("node_load5")
    assert FIXED in model.sent[-1][-1]["content"]
    page.get_by_test_id("leaned").locator("summary").click()
    expect(page.get_by_test_id("leaned")).to_contain_text(question)
    expect(page.get_by_test_id("leaned")).to_contain_text(again)


def test_what_was_corrected_is_answered_from_memory(
    new_page: OpenPage, service: str, index: Path, tmp_path: Path
) -> None:
    page = new_page()
    backend = page.request.get(f"{service}/api/v1/page").json()["backend"]
    store = f"sqlite:///{tmp_path}/store.sqlite"
    settings = Settings(backend=backend, index=index, cache=tmp_path, store=store, learning="auto")
    with serving(settings, [LOAD_REPLY]) as (url, _):
        page.goto(url)
        ask(page, "pressure on the run queue of the machines")
        settled(page)
        correct(page, FIXED)
        page.get_by_test_id("new").click()
        ask(page, "pressure on the run queue of the machines")
        answered(page)
        expect(page.get_by_test_id("origin")).to_have_text("from memory")
        expect(page.get_by_test_id("promql")).to_contain_text(FIXED)


def test_people_who_disagree_are_reviewed(new_page: OpenPage, service: str, model: QueuedModel) -> None:
    question = "how hard pressed are the run queues"
    for query, told in (("max by (instance) (node_load5)", "Learned."), ("sum(node_load15)", "Kept for review")):
        page = new_page()
        page.goto(service)
        model.replies.append(LOAD_REPLY)
        ask(page, question)
        settled(page)
        correct(page, query)
        expect(page.get_by_test_id("judged")).to_contain_text(told)
    expect(page.get_by_test_id("judged")).to_contain_text("max by (instance) (node_load5)")
    expect(page.get_by_test_id("pending")).to_have_text(re.compile("^1"))
    page.get_by_test_id("judged").get_by_role("link").click()
    expect(page.get_by_test_id("example")).to_contain_text("sum(node_load15)")
    expect(page.get_by_test_id("example")).to_contain_text("max by (instance) (node_load5)")
    page.get_by_test_id("approve").click()
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    expect(page.get_by_test_id("pending")).to_have_count(0)
    page.get_by_test_id("tab-learned").click()
    learned = page.get_by_test_id("example").filter(has_text="sum(node_load15)")
    learned.get_by_test_id("forget").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(learned).to_have_count(0)


def test_a_correction_that_does_not_pass_is_marked_where_it_is_wrong(
    page: Page, service: str, model: QueuedModel
) -> None:
    page.goto(service)
    model.replies.append(CPU_REPLY)
    ask(page, CPU)
    answered(page)
    correct(page, 'sum by (instance) (node_load1{instance!="node_lod1"}) + sum by (instance) (node_lod1)')
    expect(page.get_by_test_id("judged")).to_contain_text("There is no metric node_lod1")
    mark = page.get_by_test_id("correction").locator(".mark.error")
    expect(mark).to_have_text("node_lod1")
    assert mark.evaluate("e => e.previousSibling.textContent.endsWith('(')")


def test_follow_ups_are_shown_as_they_were_understood(page: Page, service: str, model: QueuedModel) -> None:
    page.goto(service)
    model.replies.append(CPU_REPLY)
    ask(page, CPU)
    answered(page)
    only = CPU_REPLY.replace('mode="idle"', 'instance="10.0.1.11:9100", mode="idle"')
    model.replies.append(only)
    ask(page, "only 10.0.1.11:9100")
    expect(page.get_by_test_id("turn")).to_have_count(2)
    answered(page)
    rewritten = page.get_by_test_id("rewritten")
    expect(rewritten).to_have_text("Understood as CPU usage of each host in percent, only 10.0.1.11:9100")
    expect(page.get_by_test_id("result-table").last).to_contain_text("10.0.1.11:9100")
    # By the model: it names something that the question before does not.
    model.replies += ["memory usage of each host in percent", "1. step\nPromQL: node_memory_MemAvailable_bytes\n"]
    ask(page, "what about memory?")
    expect(page.get_by_test_id("turn")).to_have_count(3)
    answered(page)
    expect(rewritten.last).to_have_text("Understood as memory usage of each host in percent")
    page.reload()
    expect(page.get_by_test_id("turn")).to_have_count(3)
    expect(rewritten).to_have_count(2)


def test_the_history_is_searched_renamed_and_deleted(page: Page, service: str, model: QueuedModel) -> None:
    page.goto(service)
    for question in (CPU, "每台主机的 CPU 使用率"):
        model.replies.append(CPU_REPLY)
        page.get_by_test_id("new").click()
        ask(page, question)
        answered(page)
    links = page.get_by_test_id("history").get_by_role("link")
    expect(links).to_have_text(["每台主机的 CPU 使用率", CPU])
    page.get_by_test_id("search").fill("主机")
    expect(links).to_have_count(1)
    page.get_by_test_id("search").fill("NODE_CPU_seconds")
    expect(links).to_have_count(2)
    page.get_by_test_id("search").fill("100%_")
    expect(page.get_by_test_id("history")).to_contain_text("Nothing matches")
    page.get_by_test_id("search").fill("")
    page.get_by_role("button", name=f"Rename: {CPU}").click()
    page.get_by_label("Title").fill("Hosts & <b>more</b>")
    page.keyboard.press("Enter")
    expect(links.last).to_have_text("Hosts & <b>more</b>")
    page.reload()
    page.get_by_test_id("history").get_by_role("link", name="Hosts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hosts & <b>more</b>")
    expect(page.get_by_test_id("chart")).to_be_visible()
    page.get_by_role("button", name="Delete: Hosts").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_test_id("welcome")).to_be_visible()
    expect(links).to_have_count(1)


def test_a_link_shows_it_to_somebody_else(new_page: OpenPage, service: str, model: QueuedModel) -> None:
    mine, theirs = new_page(), new_page(locale="zh-CN", color_scheme="dark")
    mine.goto(service)
    model.replies.append(CPU_REPLY)
    ask(mine, CPU)
    answered(mine)
    mine.get_by_test_id("share").click()
    link = mine.get_by_test_id("share-link")
    expect(link).to_have_value(re.compile(r"/#/shared/[\w-]{20,}$"))
    theirs.goto(link.input_value())
    expect(theirs.get_by_test_id("turn")).to_contain_text(CPU)
    expect(theirs.get_by_test_id("chart")).to_be_visible()
    for name in ("question", "right", "history", "share"):
        expect(theirs.get_by_test_id(name)).to_have_count(0)
    mine.get_by_role("button", name="Stop sharing").click()
    expect(link).to_have_count(0)
    theirs.reload()
    expect(theirs.get_by_text("这个会话不在这里")).to_be_visible()
    theirs.goto(service)
    expect(theirs.get_by_test_id("history").get_by_role("link")).to_have_count(0)


def test_everything_of_mine_is_deleted(page: Page, service: str, model: QueuedModel) -> None:
    page.goto(service)
    model.replies.append(CPU_REPLY)
    ask(page, CPU)
    answered(page)
    page.get_by_role("button", name="Settings").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert CPU in download.value.path().read_text()
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("dialog").last.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_test_id("welcome")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("history")).to_contain_text("Your questions will be listed here.")
