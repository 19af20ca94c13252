"""What a person does on the page, step by step."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

__all__ = ["ask", "correct", "retype"]


def ask(page: Page, question: str) -> None:
    page.get_by_test_id("question").fill(question)
    page.get_by_test_id("question").press("Enter")


def retype(page: Page, editor: Locator, query: str) -> None:
    editor.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


def correct(page: Page, query: str) -> None:
    """Fix the newest answer."""
    page.get_by_test_id("fix").last.click()
    retype(page, page.get_by_test_id("correction"), query)
    page.get_by_test_id("send-feedback").click()
    expect(page.get_by_test_id("judged")).to_be_visible()
