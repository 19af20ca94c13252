"""The whole thing as a user runs it: demo process, 0.5B model, REST, command line, the page in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.prometheus, pytest.mark.model, pytest.mark.timeout(400)]

QUESTIONS = [
    ("CPU usage of each host in percent", "node_cpu_seconds_total"),
    ("每个命名空间有多少 Pending 的 Pod", "kube_pod_status_phase"),
    ("最近一小时重启超过 3 次的容器", "kube_pod_container_status_restarts_total"),
]


@dataclass(frozen=True)
class Demo:
    service: str
    backend: str
    process: subprocess.Popen[str]
    group: int


@pytest.fixture(scope="module")
def demo(small_model: str, index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(index, folder / "index")  # its vectors are used again: to embed the corpus takes minutes
    environment = {
        **os.environ,
        "TEXT2PROMQL_INDEX": str(folder / "index"),
        "TEXT2PROMQL_CACHE": str(folder / "cache"),
        "TEXT2PROMQL_STORE": f"sqlite:///{folder}/store.sqlite",
    }
    log = folder / "demo.log"
    with log.open("w") as errors:
        child = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "text2promql",
                "demo",
                "--headless",
                "--json",
                "--port",
                "0",
                "--model",
                small_model,
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        child.wait(30)
        child.stdout.close()
        pytest.fail(f"the demo ended with {child.returncode} before it was ready:\n{log.read_text()[-3000:]}")
    ready = json.loads(line)
    yield Demo(ready["service"], ready["backend"], child, child.pid)
    children = _children(child.pid)
    assert len(children) >= 2, "Prometheus and the model server run under the demo"
    child.send_signal(signal.SIGTERM)
    child.wait(30)
    child.stdout.close()
    deadline = time.monotonic() + 10
    while any(map(_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_alive, children)), "the demo left a process behind"


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(p) for f in found for p in f.read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(("question", "metric"), QUESTIONS)
def test_a_question_through_rest(demo: Demo, question: str, metric: str) -> None:
    answer = httpx.post(f"{demo.service}/api/v1/ask", json={"question": question}, timeout=180).json()
    assert answer["status"] == "answered", answer
    assert metric in answer["promql"]
    assert answer["dry_run"]["outcome"] in ("ok", "empty")
    result = httpx.get(f"{demo.backend}/api/v1/query", params={"query": answer["promql"]}).json()
    assert result["status"] == "success"


def cli(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "text2promql", *arguments], input=stdin, capture_output=True, check=False
    )


def test_the_command_line_reads_stdin_and_keeps_stdout_clean(demo: Demo) -> None:
    done = cli("ask", "--json", "--service", demo.service, stdin="讲个笑话".encode())
    assert done.returncode == 1 and json.loads(done.stdout)["status"] == "declined"


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["ask", ""], b"", "empty"),
        (["ask"], b"\xff\xfe\x00", "UTF-8"),
        (["ask", "load of each host", "--service", "http://127.0.0.1:1"], b"", "text2promql serve"),
        (["serve", "--host", "0.0.0.0"], b"", "TEXT2PROMQL_TOKEN"),
        (["models", "path", "nosuch"], b"", "nosuch"),
    ],
)
def test_mistakes_are_one_line_without_a_traceback(arguments: list[str], stdin: bytes, words: str) -> None:
    done = cli(*arguments, stdin=stdin)
    told = done.stderr.decode()
    assert done.returncode == 2 and words in told and "Traceback" not in told and not done.stdout


def test_a_port_that_is_taken_is_named(demo: Demo) -> None:
    port = demo.service.rsplit(":", 1)[1]
    done = cli("serve", "--port", port)
    assert done.returncode == 2 and f"port {port}" in done.stderr.decode()


@pytest.mark.browser
def test_one_question_on_the_page_in_chromium(demo: Demo, tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    chromium = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
    assert chromium, "Chromium is missing; `make test` installs it"
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(locale="en-US")
        errors: list[str] = []
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(demo.service)
        page.get_by_test_id("question").fill("CPU usage of each host in percent")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("status").last).to_contain_text("nswered", timeout=120_000)
        expect(page.get_by_test_id("promql").last).to_contain_text("node_cpu_seconds_total")
        expect(page.get_by_test_id("result-table").last).to_contain_text("10.0.1.11:9100")
        expect(page.get_by_test_id("chart").last).to_be_visible()
        expect(page.get_by_test_id("explanation").last).to_contain_text("average")
        page.screenshot(path=tmp_path / "page.png", full_page=True)
        browser.close()
    assert errors == []
