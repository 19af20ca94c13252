"""Twenty people on one service whose model answers one at a time."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.fakes import QueuedModel
from tests.server.test_app import listening
from text2promql.models.chat import Delta, Request
from text2promql.settings import Settings

pytestmark = pytest.mark.prometheus

PEOPLE = 20


class Crowded(QueuedModel):
    """A slow model that answers what it is asked once it may, and keeps who came when and how many at once."""

    def __init__(self) -> None:
        super().__init__(pause=0.03)
        self.may = threading.Event()
        self.order: list[int] = []
        self.now = self.most = 0

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        number = int(re.findall(r"the (\d+) hosts", request.messages[-1]["content"])[-1])
        self.order.append(number)
        self.replies.append(f"{'step ' * 10}\nPromQL: topk({number}, node_load1)\n")
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            while not self.may.is_set():
                await asyncio.sleep(0.01)
            async for delta in super().stream(request):
                yield delta
        finally:
            self.now -= 1


@dataclass
class Asker:
    """One person with a conversation of one's own."""

    number: int
    user: str
    url: str
    positions: list[int] = field(default_factory=list)
    answer: dict[str, Any] | None = None

    @property
    def question(self) -> str:
        return f"the {self.number} hosts with the highest load"

    async def events(self, http: httpx.AsyncClient) -> AsyncIterator[str]:
        headers = {"Accept": "text/event-stream", "X-User": self.user}
        async with http.stream("POST", "/api/v1/ask", json={"question": self.question}, headers=headers) as reply:
            name = ""
            async for line in reply.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    data = json.loads(line.removeprefix("data: "))
                    if name == "queued":
                        self.positions.append(data["position"])
                    elif name == "answer":
                        self.answer = data
                    yield name

    async def ask(self, goes_at: str = "") -> None:
        """Ask, and go away at an event."""
        async with httpx.AsyncClient(base_url=self.url, timeout=90) as http:
            async for name in self.events(http):
                if name == goes_at:
                    return

    async def judge(self) -> dict[str, Any]:
        assert self.answer
        async with httpx.AsyncClient(base_url=self.url, timeout=90) as http:
            body = {"answer_id": self.answer["id"], "verdict": "wrong"}
            body["corrected_promql"] = f"topk({self.number}, node_load15)"
            reply = await http.post("/api/v1/feedback", json=body, headers={"X-User": self.user})
            found: dict[str, Any] = reply.raise_for_status().json()
            return found

    async def history(self) -> list[dict[str, Any]]:
        headers = {"X-User": self.user}
        async with httpx.AsyncClient(base_url=self.url, timeout=90, headers=headers) as http:
            listed = (await http.get("/api/v1/conversations")).json()["conversations"]
            return [(await http.get(f"/api/v1/conversations/{c['id']}")).json() for c in listed]


async def until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def test_twenty_people_are_served_in_turn_and_nothing_mixes(settings: Settings) -> None:
    model = Crowded()

    async def go(url: str) -> None:
        people = [Asker(n, f"user-{n}", url) for n in range(1, PEOPLE + 1)]
        leaving = {1: "reasoning", 9: "queued"}  # one while being answered, one while waiting
        tasks = []
        for person in people:
            tasks.append(asyncio.create_task(person.ask(leaving.get(person.number, ""))))
            if person.number == 1:
                await until(lambda: model.order == [1])
            else:
                await until(lambda person=person: person.positions or person.answer)
        # Who asks twice more waits for everybody else to have had a turn.
        greedy = [Asker(n, "user-2", url) for n in (31, 32)]
        tasks += [asyncio.create_task(g.ask()) for g in greedy]
        await until(lambda: all(g.positions for g in greedy))
        assert people[-1].positions[-1] == PEOPLE - 2  # one of those before has gone again
        model.may.set()
        async with asyncio.timeout(120):
            await asyncio.gather(*tasks)

        staying = [p for p in people if p.number not in leaving]
        assert model.most == 1 and 9 not in model.order
        assert model.order[:-2] == [1, *(p.number for p in staying)] and set(model.order[-2:]) == {31, 32}
        for person in [*staying, *greedy]:
            assert person.positions == sorted(person.positions, reverse=True), person
            assert person.answer and person.answer["question"] == person.question
            assert person.answer["promql"] == f"topk({person.number}, node_load1)"
        assert all(p.positions and p.positions[-1] == 1 for p in staying[2:]), "each hears of being next"
        judged = await asyncio.gather(*(p.judge() for p in staying))
        assert {j["state"] for j in judged} == {"learned"} and len({j["example_id"] for j in judged}) == len(staying)
        for person, histories in zip(staying, await asyncio.gather(*(p.history() for p in staying)), strict=True):
            kept = [a for c in histories for a in c["answers"] if a["answer"]["question"] == person.question]
            assert len(kept) == 1 and kept[0]["answer"]["id"] == (person.answer or {})["id"]
            assert kept[0]["corrected_promql"] == f"topk({person.number}, node_load15)"
            assert len(histories) == (3 if person.user == "user-2" else 1)
        async with httpx.AsyncClient(base_url=url) as http:
            learned = (await http.get("/api/v1/examples", params={"state": "learned"})).json()
        assert {e["id"] for e in learned["examples"]} == {j["example_id"] for j in judged}

    # As an endpoint, which has the last word.
    served = {"parallel": 1, "learning": "auto", "model_url": "http://127.0.0.1:9/v1"}
    with listening(settings.model_copy(update=served), model) as url:
        asyncio.run(go(url))
