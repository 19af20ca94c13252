"""Questions, label values, HELP, findings and model output are text, whatever they hold."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.contract import CREATED, Contract, answer, conversation, example, judged, problem

pytestmark = [pytest.mark.prometheus, pytest.mark.browser]

EVIL = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>{{7*7}}<svg/onload='window.pwned=1'>"
QUERY = f"up{{job=`{EVIL}`}}"
FINDING = {"check": EVIL, "severity": "warning", "summary": EVIL, "detail": EVIL, "start": 0, "end": 9}
RESULT = [{"metric": {"job": EVIL, "instance": EVIL + str(n)}, "value": [1e9, "1"]} for n in (1, 2)]
COURSE = [{"metric": s["metric"], "values": [[1e9, "1"]]} for s in RESULT]


def evil_answer() -> dict[str, object]:
    return answer(
        question=EVIL + " rewritten",
        asked=EVIL,
        promql=QUERY,
        explanation=[{"step": EVIL, "promql": EVIL}],
        model=EVIL,
        scenario=EVIL,
        metrics=[{"name": EVIL, "type": EVIL, "unit": EVIL, "help": EVIL}],
        examples=[{"id": "e", "question": EVIL, "promql": EVIL, "score": 1}],
        findings=[FINDING],
        alternatives=[EVIL],
        suggestions=[EVIL],
        timings_ms={EVIL: 1.0},
    )


def evil_contract() -> Contract:
    stored = {"answer": evil_answer(), "created": CREATED, "verdict": None, "corrected_promql": EVIL, "note": EVIL}
    conflict = {"id": "c", "question": EVIL, "promql": EVIL}
    matrix = {"status": "success", "data": {"resultType": "matrix", "result": COURSE}}
    vector = {"status": "success", "data": {"resultType": "vector", "result": RESULT}}
    contract = Contract(events=[("reasoning", {"text": EVIL}), ("draft", {"promql": EVIL}), ("answer", evil_answer())])
    listed = {k: v for k, v in conversation(title=EVIL).items() if k not in ("answers", "shared")} | {"answers": 1}
    contract.replies |= {
        "GET /api/v1/query": vector,
        "GET /api/v1/query_range": matrix,
        "GET /api/v1/questions": {"questions": [{"scenario": EVIL, "en": EVIL, "zh": EVIL}]},
        "GET /api/v1/conversations": {"conversations": [listed]},
        "GET /api/v1/conversations/conversation-1": conversation(title=EVIL, answers=[stored]),
        "GET /api/v1/shared/token-1": conversation(title=EVIL, answers=[stored]),
        "POST /api/v1/feedback": judged(state="refused", findings=[FINDING], conflicts=[conflict], detail=EVIL),
        "GET /api/v1/examples": {
            "total": 1,
            "examples": [
                example(
                    questions={"en": [EVIL]},
                    promql=EVIL,
                    scenario=EVIL,
                    origin=EVIL,
                    conflicts=[conflict],
                )
            ],
        },
    }
    return contract


def harmless(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    assert page.locator("#page img, #page script, #page iframe, #page svg[onload]").count() == 0
    assert "window.pwned=1" in page.locator("#page").inner_text()


def test_a_question_and_the_model_output(page: Page, service: str) -> None:
    evil_contract().serve(page)
    page.goto(service)
    expect(page.get_by_test_id("starter")).to_contain_text("onerror")
    page.get_by_test_id("question").fill(EVIL)
    page.get_by_test_id("question").press("Enter")
    expect(page.get_by_test_id("turn").get_by_role("heading", level=2)).to_contain_text(EVIL)
    expect(page.get_by_test_id("promql")).to_contain_text(EVIL)
    expect(page.get_by_test_id("rewritten")).to_contain_text("onerror")
    harmless(page)
    expect(page.get_by_test_id("leaned")).to_contain_text(EVIL)
    expect(page.get_by_test_id("reasoning")).to_contain_text(EVIL)


def test_label_values(page: Page, service: str) -> None:
    evil_contract().serve(page)
    page.goto(f"{service}/#/c/conversation-1")
    expect(page.get_by_test_id("result-table")).to_contain_text(EVIL)
    page.get_by_test_id("chart").focus()
    page.keyboard.press("ArrowLeft")
    harmless(page)


def test_feedback_review_and_sharing(page: Page, service: str) -> None:
    evil_contract().serve(page)
    page.goto(f"{service}/#/c/conversation-1")
    page.get_by_test_id("fix").click()
    page.get_by_test_id("send-feedback").click()
    expect(page.get_by_test_id("judged")).to_contain_text(EVIL)
    harmless(page)
    for address, name in (("#/review", "review"), ("#/shared/token-1", "turn")):
        page.goto(f"{service}/{address}")
        expect(page.get_by_test_id(name)).to_contain_text(EVIL)
        harmless(page)


def test_problems(page: Page, service: str) -> None:
    contract = evil_contract()
    contract.events = [("error", {**problem(502, EVIL)[1], "title": EVIL})]
    contract.replies["GET /api/v1/catalog"] = problem(502, EVIL)
    contract.serve(page)
    page.goto(service)
    page.get_by_test_id("question").fill("x y")
    page.get_by_test_id("question").press("Enter")
    expect(page.get_by_test_id("turn")).to_contain_text(EVIL)
    expect(page.get_by_test_id("notice")).to_contain_text(EVIL)
    harmless(page)
