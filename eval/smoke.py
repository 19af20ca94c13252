"""`python -m eval.smoke`: the twelve questions of smoke.yaml through `text2promql ask --json`, as a user types them.

Starts `text2promql demo --headless --json` (or takes --service URL --backend URL --end T), and prints what was
right, the time to the first token and to the answer, cold and warm.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import yaml

from eval.scoring import Verdict, compare, elements

CASES = Path(__file__).with_name("smoke.yaml")
#: Results are compared at these distances (seconds) before the newest loaded sample.
BEFORE = (0, 600, 1800)
NEEDED = 10


@dataclass(frozen=True)
class World:
    service: str
    backend: str
    end: float


@contextmanager
def demo() -> Iterator[World]:
    """The demo on free ports, ended with SIGTERM."""
    command = [sys.executable, "-m", "text2promql", "demo", "--headless", "--json", "--port", "0"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        if not line:
            raise SystemExit("the demo did not start; its messages stand above")
        yield World(**json.loads(line))
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


def ask(world: World, question: str) -> dict[str, Any]:
    """`text2promql ask --json`; raises where the command fails, which is not a wrong answer."""
    command = [sys.executable, "-m", "text2promql", "ask", "--json", "--service", world.service, question]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"ask failed on {question!r}: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def judge(world: World, promql: str | None, golds: list[str]) -> Verdict:
    """Match against one and the same gold at all times. Raises when a gold itself does not run."""
    best = Verdict(False, False, "no query")
    for gold in golds if promql else []:
        verdicts = [
            compare(run(world, gold, t), found) if (found := try_run(world, promql, t)) is not None
            else Verdict(False, False, "the query does not run")
            for t in times(world)
        ]  # fmt: skip
        if all(v.match for v in verdicts):
            return Verdict(True, all(v.exact for v in verdicts), verdicts[0].reason)
        best = next(v for v in verdicts if not v.match)
    return best


def times(world: World) -> list[float]:
    return [world.end - before for before in BEFORE]


def run(world: World, promql: str, time: float) -> list[tuple[dict[str, str], float]]:
    found = try_run(world, promql, time)
    if found is None:
        raise SystemExit(f"the gold does not run: {promql}")
    return found


def try_run(world: World, promql: str | None, time: float) -> list[tuple[dict[str, str], float]] | None:
    reply = httpx.get(f"{world.backend}/api/v1/query", params={"query": promql or "", "time": time}, timeout=60).json()
    return elements(reply["data"]["resultType"], reply["data"]["result"]) if reply["status"] == "success" else None


def line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def check(world: World) -> int:
    """Ask everything twice (cold, then warm); returns how many of the questions were right the first time."""
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    right = 0
    clocks: dict[str, list[float]] = {}
    for case in cases["questions"]:
        answer = ask(world, case["question"])
        again = ask(world, case["question"])
        verdict = judge(world, answer["promql"], case["golds"])
        right += verdict.match
        for name, one in (("cold", answer), ("warm", again)):
            clocks.setdefault(f"first token, {name}", []).append(one["timings_ms"].get("first_token", 0.0))
            clocks.setdefault(f"answer, {name}", []).append(one["timings_ms"]["total"])
        line(f"{'right' if verdict.match else 'WRONG'}  {answer['status']:<10}  {case['question']}")
        timing = answer["timings_ms"]
        clock = f"{timing.get('first_token', 0):.0f} ms to the first token, {timing['total']:.0f} ms"
        line(f"       {answer['promql']}   [{verdict.reason}; {clock}]")
    declined = 0
    for question in cases["declines"]:
        answer = ask(world, question)
        declined += answer["status"] == "declined"
        line(f"{answer['status']:<10}  {question}  near: {answer['suggestions']} {answer['promql'] or ''}")
    for name, values in clocks.items():
        line(f"{name}: median {median(values):.0f} ms, worst {max(values):.0f} ms")
    line(f"{right} of {len(cases['questions'])} right, {declined} of {len(cases['declines'])} declined")
    return right if declined == len(cases["declines"]) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service")
    parser.add_argument("--backend")
    parser.add_argument("--end", type=float)
    given = parser.parse_args()
    if given.service:
        return 0 if check(World(given.service, given.backend, given.end)) >= NEEDED else 1
    with demo() as world:
        return 0 if check(world) >= NEEDED else 1


if __name__ == "__main__":
    raise SystemExit(main())
