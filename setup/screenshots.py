"""Take the README's screenshots of the chat page: start `make demo`, then `make screenshots`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "web" / "chat" / "screenshots"
#: A slow machine may take that long to answer, in milliseconds.
PATIENCE = 300_000

SHOTS: dict[str, tuple[dict[str, Any], Sequence[str]]] = {
    "light": (
        {"color_scheme": "light", "locale": "en-US", "viewport": {"width": 1280, "height": 1180}},
        ["the 5 services with the longest average response time in the last 10 minutes"],
    ),
    "dark": (
        {"color_scheme": "dark", "locale": "zh-CN", "viewport": {"width": 1280, "height": 1180}},
        ["每台主机的 CPU 使用率", "换成最近 15 分钟"],
    ),
    "phone": (
        {"color_scheme": "dark", "locale": "en-US", "viewport": {"width": 390, "height": 844}, "is_mobile": True,
         "has_touch": True, "device_scale_factor": 2},
        ["memory usage of each host in percent"],
    ),
}  # fmt: skip


def ask(page: Page, question: str) -> None:
    page.get_by_test_id("question").fill(question)
    page.get_by_test_id("question").press("Enter")
    expect(page.get_by_test_id("send")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("chart").last).to_be_visible()
    page.wait_for_timeout(1000)  # the chart is drawn, the page has scrolled


def shoot(browser: Browser, url: str, name: str) -> None:
    options, questions = SHOTS[name]
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(url)
    for question in questions:
        ask(page, question)
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("url", nargs="?", default="http://127.0.0.1:8321", help="the running service")
    url = arguments.parse_args().url
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("Chromium is missing; setup/chromium.sh installs it")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in SHOTS:
            shoot(browser, url, name)
        browser.close()


if __name__ == "__main__":
    main()
