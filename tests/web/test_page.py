"""The page over canned replies: history, feedback, review, sharing, the token, and every state of trouble."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.web.conftest import OpenPage
from tests.web.contract import QUERY, Contract, answer, conversation, example, judged, problem

pytestmark = [pytest.mark.prometheus, pytest.mark.browser]

QUESTION = "CPU usage of each host"
Show = Callable[..., Contract]


@pytest.fixture
def show(page: Page, service: str) -> Show:
    """Opens an address of the page over canned replies."""

    def open_page(path: str = "", contract: Contract | None = None, **replies: object) -> Contract:
        canned = contract or Contract()
        canned.replies |= replies
        canned.serve(page)
        page.goto(f"{service}/{path}")
        return canned

    return open_page


def ask(page: Page, question: str = QUESTION) -> None:
    page.get_by_test_id("question").fill(question)
    page.get_by_test_id("question").press("Enter")


def settled(page: Page) -> None:
    expect(page.get_by_test_id("status").last).not_to_have_text("Working")


def sent(contract: Contract, name: str) -> list[object]:
    return [body for found, body in contract.sent if found == name]


# Asking


def test_an_answer_begins_a_conversation_and_the_next_question_goes_on_with_it(page: Page, show: Show) -> None:
    contract = show()
    ask(page)
    expect(page.get_by_test_id("status")).to_have_text("Answered")
    expect(page).to_have_url(re.compile(r"#/c/conversation-1$"))
    expect(page).to_have_title("CPU usage of each host · text2promql")
    rewritten = {"asked": "only prod", "question": "CPU usage of each host in prod"}
    contract.events = [
        ("queued", {"position": 2}),
        ("rewritten", rewritten),
        ("answer", answer(id="answer-2", origin="memory", **rewritten)),
    ]
    ask(page, "only prod")
    expect(page.get_by_test_id("turn")).to_have_count(2)
    expect(page.get_by_test_id("rewritten")).to_have_text("Understood as CPU usage of each host in prod")
    expect(page.get_by_test_id("origin")).to_have_text("from memory")
    assert sent(contract, "POST /api/v1/ask") == [
        {"question": QUESTION},
        {"question": "only prod", "conversation_id": "conversation-1"},
    ]


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([("queued", {"position": 2})], "2 before you in the queue"),
        ([("queued", {"position": 0})], "You are next"),
        ([("retrieved", {"scenario": "s", "examples": [], "metrics": []})], "Working out the query"),
        ([("draft", {"promql": "up"})], "Checking the query"),
    ],
)
def test_each_stage_is_told(page: Page, show: Show, events: list[tuple[str, dict[str, object]]], text: str) -> None:
    """The stream ends early here: the stage was announced, then the page says that the answer is not complete."""
    contract = show()
    contract.events = events
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => window.told.push(
        document.querySelector('[data-testid=live]').textContent)).observe(
        document.querySelector('[data-testid=live]'), {childList: true, characterData: true, subtree: true}) }"""
    )
    ask(page)
    expect(page.get_by_test_id("turn")).to_contain_text("ended before the answer was complete")
    assert text in " ".join(page.evaluate("window.told"))
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_findings_are_drawn_at_their_place(page: Page, show: Show) -> None:
    query = 'rate(up{job="a😀"}) + nosuch'
    finding = {"check": "metric/exists", "severity": "error", "summary": "There is no metric nosuch", "detail": "d"}
    found = [{**finding, "start": 21, "end": 27}]
    changed = {"status": "unverified", "promql": query, "findings": found, "explanation": []}
    run = {**answer()["dry_run"], "outcome": "skipped"}
    show(contract=Contract(events=[("answer", answer(**changed, dry_run=run))]))
    ask(page)
    expect(page.get_by_test_id("status")).to_have_text("Unverified")
    mark = page.get_by_test_id("promql").locator(".mark.error")
    expect(mark).to_have_text("nosuch")
    page.get_by_test_id("finding").hover()
    expect(mark).to_have_class(re.compile("lit"))
    expect(page.get_by_text("The query was not run.")).to_be_visible()


def test_an_error_of_the_stream_is_told_and_tried_again(page: Page, show: Show) -> None:
    contract = show(contract=Contract(events=[("error", problem(422, "a clear detail")[1])]))
    ask(page)
    expect(page.get_by_test_id("status")).to_have_text("Failed")
    expect(page.get_by_test_id("turn")).to_contain_text("It went wrong. a clear detail")
    contract.events = [("answer", answer())]
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("status").last).to_have_text("Answered")


def test_enter_of_an_input_method_does_not_send(page: Page, show: Show) -> None:
    contract = show()
    box = page.get_by_test_id("question")
    box.fill("zhuji")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.press("Shift+Enter")
    assert sent(contract, "POST /api/v1/ask") == [] and box.input_value() == "zhuji\n"


def test_open_elsewhere_needs_an_address(page: Page, show: Show) -> None:
    show()
    ask(page)
    link = page.get_by_role("link", name="Prometheus, opens in a new tab")
    assert (link.get_attribute("href") or "").startswith("https://prometheus.example/graph?g0.expr=100+")
    expect(page.get_by_role("link", name="Grafana")).to_have_count(0)


# Trouble


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ({"GET /readyz": (503, {"status": "starting", "detail": "the model is starting"})}, "The model is starting"),
        ({"GET /api/v1/catalog": problem(502, "cannot reach it")}, "The metrics backend does not answer"),
        ({"GET /readyz": problem(500, "broken")}, "The text2promql service cannot be reached"),
    ],
)
def test_trouble_is_told_until_it_is_over(page: Page, show: Show, replies: dict[str, object], words: str) -> None:
    contract = show(**replies)
    expect(page.get_by_test_id("notice")).to_contain_text(words)
    contract.replies |= {name: Contract().replies[name] for name in replies}
    expect(page.get_by_test_id("notice")).to_have_count(0)
    expect(page.get_by_test_id("starter")).to_have_count(1)


def test_the_service_gone_in_mid_question(page: Page, show: Show) -> None:
    show()
    expect(page.get_by_test_id("starter")).to_have_count(1)
    page.route("**/*", lambda route: route.abort())
    ask(page)
    expect(page.get_by_test_id("status")).to_have_text("Failed")
    expect(page.get_by_test_id("notice")).to_contain_text("cannot be reached")
    page.unroute("**/*")
    expect(page.get_by_test_id("notice")).to_have_count(0)


def test_a_token_is_asked_for_kept_and_sent(page: Page, show: Show) -> None:
    canned = Contract().replies["GET /api/v1/questions"]

    def guarded(request: Request) -> object:
        return canned if request.headers.get("authorization") == "Bearer secret" else problem(401, "a token is needed")

    show(**{"GET /api/v1/questions": guarded})
    page.get_by_test_id("token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("did not accept")
    page.get_by_test_id("token").fill("secret")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("starter")).to_have_count(1)
    assert page.evaluate("sessionStorage.token") == "secret" and page.evaluate("localStorage.token") is None


def test_an_older_service_has_no_history_and_no_feedback(page: Page, show: Show) -> None:
    contract = show(**{"GET /api/v1/page": problem(404, "Not Found")})
    plain = {k: v for k, v in answer().items() if k not in ("asked", "conversation_id")}
    contract.events = [("answer", plain)]
    ask(page)
    expect(page.get_by_test_id("status")).to_have_text("Answered")
    expect(page.get_by_test_id("chart")).to_be_visible()
    for name in ("history", "right", "share"):
        expect(page.get_by_test_id(name)).to_have_count(0)
    assert not any("conversations" in name for name, _ in contract.sent)


# History and sharing


def test_history_is_searched_opened_renamed_and_deleted(page: Page, show: Show) -> None:
    contract = show()
    expect(page.get_by_test_id("history")).to_contain_text(QUESTION)
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("search")).to_be_focused()
    page.keyboard.type("cpu")
    page.wait_for_timeout(500)
    assert any("search=cpu" in str(q) for q in sent(contract, "GET /api/v1/conversations"))
    entry = page.get_by_test_id("history").get_by_role("link", name=QUESTION)
    entry.click()
    expect(page.get_by_test_id("promql")).to_contain_text("node_cpu_seconds_total")
    page.get_by_role("button", name=f"Rename: {QUESTION}").click()
    page.get_by_label("Title").fill("My hosts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My hosts", level=1)).to_be_visible()
    page.get_by_role("button", name=f"Delete: {QUESTION}").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_test_id("welcome")).to_be_visible()
    assert sent(contract, "PATCH /api/v1/conversations/conversation-1") == [{"title": "My hosts"}]
    assert len(sent(contract, "DELETE /api/v1/conversations/conversation-1")) == 1


def test_sharing_makes_a_link_and_stopping_unmakes_it(page: Page, show: Show) -> None:
    contract = show("#/c/conversation-1")
    page.get_by_test_id("share").click()
    expect(page.get_by_test_id("share-link")).to_have_value(re.compile(r"/#/shared/token-1$"))
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_test_id("share-link")).to_have_count(0)
    assert len(sent(contract, "DELETE /api/v1/conversations/conversation-1/share")) == 1


def test_a_shared_conversation_is_read_only(page: Page, show: Show) -> None:
    show("#/shared/token-1")
    expect(page.get_by_test_id("promql")).to_contain_text("node_cpu_seconds_total")
    expect(page.get_by_test_id("chart")).to_be_visible()
    for name in ("question", "right", "history", "share"):
        expect(page.get_by_test_id(name)).to_have_count(0)
    page.get_by_test_id("promql").locator(".cm-content").click()
    page.keyboard.type("x")
    expect(page.get_by_test_id("run")).to_have_count(0)


def test_a_link_that_leads_nowhere_says_so(page: Page, show: Show) -> None:
    show("#/shared/nosuch")
    expect(page.get_by_text("This conversation is not here")).to_be_visible()


# Feedback


def test_right_is_learned(page: Page, show: Show) -> None:
    contract = show("#/c/conversation-1")
    page.get_by_test_id("right").click()
    expect(page.get_by_test_id("judged")).to_contain_text("Learned.")
    expect(page.get_by_test_id("right")).to_have_attribute("aria-pressed", "true")
    assert sent(contract, "POST /api/v1/feedback") == [{"answer_id": "answer-1", "verdict": "right"}]


def test_wrong_takes_a_category_and_a_note(page: Page, show: Show) -> None:
    contract = show("#/c/conversation-1", **{"POST /api/v1/feedback": judged(verdict="wrong", state="none")})
    page.get_by_test_id("wrong").click()
    page.get_by_text("Grouping", exact=True).click()
    page.get_by_label("Note").fill("by job, please")
    page.get_by_test_id("send-feedback").click()
    expect(page.get_by_test_id("judged")).to_contain_text("noted")
    note = {"verdict": "wrong", "category": "grouping", "note": "by job, please"}
    assert sent(contract, "POST /api/v1/feedback") == [{"answer_id": "answer-1", **note}]


def test_a_correction_is_refused_then_kept_with_its_conflicts(page: Page, show: Show) -> None:
    finding = {"check": "metric/exists", "severity": "error", "summary": "There is no metric nosuch", "detail": ""}
    refused = judged(verdict="wrong", state="refused", findings=[{**finding, "start": 0, "end": 6}])
    contract = show("#/c/conversation-1", **{"POST /api/v1/feedback": refused})
    page.get_by_test_id("fix").click()
    editor = page.get_by_test_id("correction").locator(".cm-content")
    expect(editor).to_have_text(QUERY)
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text("nosuch")
    page.get_by_test_id("send-feedback").click()
    expect(page.get_by_test_id("judged")).to_contain_text("There is no metric nosuch")
    expect(page.get_by_test_id("correction").locator(".mark.error")).to_have_text("nosuch")
    conflict = {"id": "c", "question": "hosts that are up", "promql": "sum(up)"}
    contract.replies["POST /api/v1/feedback"] = judged(verdict="wrong", state="pending", conflicts=[conflict])
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text("up")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("judged")).to_contain_text("Kept for review")
    expect(page.get_by_test_id("judged")).to_contain_text("hosts that are up")
    expect(page.get_by_test_id("feedback-form")).to_have_count(0)
    bodies = sent(contract, "POST /api/v1/feedback")
    assert [b["corrected_promql"] for b in bodies if isinstance(b, dict)] == ["nosuch", "up"]


def test_a_question_that_failed_can_be_taught_and_gone_on_from(page: Page, show: Show) -> None:
    kept = {"answer_id": "answer-9", "conversation_id": "conversation-1"}
    contract = show(contract=Contract(events=[("error", {**problem(502, "gone")[1], **kept})]))
    ask(page)
    expect(page).to_have_url(re.compile(r"#/c/conversation-1$"))
    page.get_by_test_id("wrong").click()
    page.get_by_test_id("send-feedback").click()
    expect(page.get_by_test_id("judged")).to_be_visible()
    assert sent(contract, "POST /api/v1/feedback") == [{"answer_id": "answer-9", "verdict": "wrong"}]


def test_a_failed_answer_of_the_history_says_why(page: Page, show: Show) -> None:
    stored = conversation()
    finding = {"check": "failed/BackendUnreachable", "severity": "error", "summary": "cannot reach it", "detail": ""}
    failed = {"status": "failed", "promql": None, "explanation": [], "findings": [{**finding, "start": 0, "end": 0}]}
    stored["answers"][0]["answer"] |= failed
    show("#/c/conversation-1", **{"GET /api/v1/conversations/conversation-1": stored})
    expect(page.get_by_test_id("status")).to_have_text("Failed")
    expect(page.get_by_test_id("finding")).to_contain_text("cannot reach it")


def test_a_declined_answer_can_be_taught(page: Page, show: Show) -> None:
    stored = conversation()
    stored["answers"][0]["answer"] |= {"status": "declined", "promql": None, "explanation": []}
    show("#/c/conversation-1", **{"GET /api/v1/conversations/conversation-1": stored})
    expect(page.get_by_test_id("right")).to_have_count(0)
    page.get_by_test_id("fix").click()
    expect(page.get_by_test_id("correction")).to_be_visible()


# Review


def test_pending_examples_are_approved(page: Page, show: Show) -> None:
    contract = show("#/review")
    expect(page.get_by_test_id("example")).to_contain_text("memory that is free")
    contract.replies["GET /api/v1/examples"] = {"total": 0, "examples": []}
    page.get_by_test_id("approve").click()
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    assert len(sent(contract, "POST /api/v1/examples/x1/approve")) == 1
    contract.replies["GET /api/v1/examples"] = {"total": 1, "examples": [example(state="learned")]}
    page.get_by_test_id("tab-learned").click()
    expect(page.get_by_test_id("forget")).to_be_visible()


# Keyboard


def test_keys_lead_everywhere(page: Page, show: Show) -> None:
    show("#/c/conversation-1")
    expect(page.get_by_test_id("promql").locator(".cm-content")).to_be_visible()
    page.get_by_role("button", name="Keyboard shortcuts").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_test_id("promql").locator(".cm-content")).to_be_focused()
    page.keyboard.type("/")
    expect(page.get_by_test_id("question")).not_to_be_focused()
    page.get_by_role("button", name="Keyboard shortcuts").focus()
    page.keyboard.press("/")
    expect(page.get_by_test_id("question")).to_be_focused()


def test_single_keys_can_be_switched_off(page: Page, show: Show) -> None:
    show()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Shortcuts of a single key").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    assert page.evaluate("localStorage.singleKeys") == "off"


def test_the_theme_is_switched_and_kept(new_page: OpenPage, service: str) -> None:
    page = new_page(color_scheme="light")
    Contract().serve(page)
    page.goto(service)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    for _ in range(2):
        page.get_by_test_id("theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
