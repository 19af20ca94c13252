"""The page over the real service, a real Prometheus and a model with queued replies."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import QueuedModel
from tests.web.conftest import OpenPage
from tests.web.steps import ask, retype

pytestmark = [pytest.mark.prometheus, pytest.mark.browser]

CPU = "CPU usage of each host in percent"
REPLY = '1. step\nPromQL: 100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))\n'
APPS = (
    "1. step\nPromQL: topk(10, sum by (service) (sum_over_time(arms_http_requests_seconds[5m])) "
    "/ sum by (service) (sum_over_time(arms_http_requests_count[5m])))\n"
)


@pytest.fixture
def answered(page: Page, service: str, model: QueuedModel) -> Page:
    model.replies.append(REPLY)
    page.goto(service)
    ask(page, CPU)
    expect(page.get_by_test_id("status")).to_have_text("Answered")
    expect(page.get_by_test_id("chart")).to_be_visible()
    return page


def test_question_to_result(answered: Page) -> None:
    page = answered
    expect(page.get_by_test_id("question")).to_be_focused()
    expect(page.get_by_test_id("promql")).to_contain_text("node_cpu_seconds_total")
    expect(page.get_by_test_id("result-table")).to_contain_text("10.0.1.11:9100")
    expect(page.get_by_test_id("result-table").locator("td.value").first).to_contain_text("%")
    expect(page.get_by_test_id("explanation")).to_contain_text("average")
    expect(page.get_by_test_id("live")).to_contain_text("Answered")
    page.get_by_test_id("leaned").locator("summary").click()
    expect(page.get_by_test_id("leaned")).to_contain_text("counter")


def test_a_step_lights_its_part_of_the_query(page: Page, service: str, model: QueuedModel) -> None:
    model.replies.append(APPS)
    page.goto(service)
    ask(page, "平均响应时间最长的 10 个应用")
    step = page.get_by_test_id("explanation").get_by_role("button").nth(1)
    step.hover()
    part = page.get_by_test_id("promql").locator(".part")
    assert "".join(part.all_inner_texts()) == "sum by (service) (sum_over_time(arms_http_requests_count[5m]))"
    page.mouse.move(0, 0)
    expect(part).to_have_count(0)
    step.focus()
    expect(part.first).to_be_visible()


def test_an_edited_query_is_checked_explained_and_run(answered: Page) -> None:
    page = answered
    retype(page, page.get_by_test_id("promql"), "sum by (job) (up) / nosuch")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("finding")).to_contain_text("nosuch")
    expect(page.get_by_test_id("promql").locator(".mark.error")).to_have_text("nosuch")
    retype(page, page.get_by_test_id("promql"), "node_memory_MemAvailable_bytes")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("finding")).to_have_count(0)
    expect(page.get_by_test_id("result-table").locator("td.value").first).to_contain_text("GiB")
    page.get_by_test_id("range").select_option("21600")
    expect(page.get_by_test_id("step").locator("option").first).to_have_text("Auto (2m)")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_test_id("promql")).to_contain_text("node_cpu_seconds_total")


def test_nothing_that_is_typed_fast_is_lost(answered: Page) -> None:
    editor = answered.get_by_test_id("promql")
    retype(answered, editor, "")
    text = "up + on (job) group_left up "
    for _ in range(4):
        answered.keyboard.type(text)
    expect(editor.locator(".cm-content")).to_have_text(text * 4)
    retype(answered, editor, "up")
    answered.get_by_role("button", name="Reset").click()
    expect(editor).to_contain_text("node_cpu_seconds_total")


def test_completion_offers_metrics_and_keeps_out_of_the_way(answered: Page) -> None:
    page, popup = answered, answered.locator(".cm-tooltip-autocomplete")
    retype(page, page.get_by_test_id("promql"), "sum(")
    page.keyboard.type("node_load1")
    expect(popup).to_contain_text("node_load15")
    page.keyboard.type(")")
    expect(popup).to_have_count(0)
    page.keyboard.press("Control+Space")
    expect(popup).to_contain_text("!=")


def test_the_chart_is_read_with_the_arrow_keys(answered: Page) -> None:
    chart = answered.get_by_test_id("chart")
    chart.focus()
    answered.keyboard.press("ArrowLeft")
    expect(chart.locator(".readout")).to_contain_text("10.0.1.11:9100")
    answered.keyboard.press("Tab")
    expect(chart.locator(".readout")).to_have_count(0)


def test_esc_stops_the_model(page: Page, service: str, model: QueuedModel) -> None:
    model.replies.append("word " * 2000)
    page.goto(service)
    ask(page, CPU)
    expect(page.get_by_test_id("reasoning")).to_contain_text("word word")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("status")).to_have_text("Stopped")
    expect(page.get_by_test_id("send")).to_be_visible()
    deadline = time.monotonic() + 5
    while not model.closed_early and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert model.closed_early


def test_the_page_speaks_chinese(new_page: OpenPage, service: str, model: QueuedModel) -> None:
    page = new_page(locale="zh-CN")
    model.replies.append(REPLY)
    page.goto(service)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_test_id("welcome")).to_contain_text("向你的指标提问")
    page.get_by_test_id("starter").first.wait_for()
    ask(page, "每台主机的 CPU 使用率")
    expect(page.get_by_test_id("status")).to_have_text("已回答")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("status")).to_have_text("Answered")


def test_a_declined_question_suggests_others(page: Page, service: str) -> None:
    page.goto(service)
    ask(page, "tell me a joke")
    expect(page.get_by_test_id("status")).to_have_text("Declined")
    expect(page.get_by_test_id("suggestion").first).to_be_visible()


def test_the_policy_allows_no_inline_style_or_script(page: Page, service: str) -> None:
    reply = page.goto(service)
    assert reply is not None
    policy = reply.headers["content-security-policy"]
    assert "style-src 'self';" in policy and "script-src 'self';" in policy and "unsafe" not in policy
