"""The embedded model, for real: llama.cpp's server as a child process on the 0.5B file."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from text2promql import models
from text2promql.errors import ModelFileError, ModelReplyError, ModelUnavailable
from text2promql.models.chat import EmbeddedChat, Request
from text2promql.models.llama import LlamaServer
from text2promql.prompts import Message

pytestmark = pytest.mark.model

HELLO: list[Message] = [{"role": "user", "content": "Count from 1 to 200, one number a line."}]


@pytest.fixture(scope="module")
def server(small_model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    found = LlamaServer(models.find(small_model), tmp_path_factory.mktemp("llama"))
    yield found
    pid = found.pid
    found.stop()
    assert pid is not None and not _alive(pid), "the model server was left behind"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def say(chat: EmbeddedChat, tokens: int = 8) -> str:
    return "".join([d.text async for d in chat.stream(Request(HELLO, max_tokens=tokens))])


def test_it_streams_and_starts_again_after_kill_9(server: LlamaServer) -> None:
    async def go() -> None:
        chat = EmbeddedChat("small", server)
        before = await say(chat)
        assert before.strip()
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        time.sleep(0.3)
        assert await say(chat) == before  # the same model, greedy
        assert server.pid != first

    asyncio.run(go())


def test_a_reader_that_stops_frees_the_model(server: LlamaServer) -> None:
    async def go() -> None:
        chat = EmbeddedChat("small", server)
        async with aclosing(chat.stream(Request(HELLO, max_tokens=2000))) as deltas:
            async for _ in deltas:
                break
        await say(chat, 2)

    asyncio.run(go())
    ends = re.findall(r"stop processing: n_tokens = (\d+)", server.log.read_text(encoding="utf-8"))
    assert len(ends) >= 2 and int(ends[-2]) < 500, "it went on to generate what no one reads"


def test_the_child_outlives_the_event_loop_that_started_it(server: LlamaServer) -> None:
    async def go() -> int | None:
        assert await say(EmbeddedChat("small", server), 2)
        return server.pid

    first = asyncio.run(go())
    time.sleep(1.5)  # longer than the child takes to follow a signal
    assert asyncio.run(go()) == first


def test_a_prompt_over_the_context_is_told(server: LlamaServer) -> None:
    async def go() -> None:
        long: list[Message] = [{"role": "user", "content": "word " * 9000}]
        with pytest.raises(ModelReplyError, match="exceeds the available context size"):
            async for _ in EmbeddedChat("small", server).stream(Request(long)):
                pass

    asyncio.run(go())


def test_only_we_may_use_it(server: LlamaServer) -> None:
    server.ensure()
    with httpx.Client(base_url=server.address) as client:
        assert client.get("/slots").status_code == 401
        assert client.post("/v1/chat/completions", json={"messages": HELLO}).status_code == 401
    assert server.pid is not None
    assert server.key not in Path(f"/proc/{server.pid}/cmdline").read_text()


@pytest.mark.parametrize("damage", ["half", "noise"])
def test_a_damaged_slot_file_costs_only_time(server: LlamaServer, damage: str) -> None:
    """llama.cpp ends when it reads half a slot file: the file must go, and the question be answered."""
    block: list[Message] = [{"role": "system", "content": f"You count ({damage}). " + "One, two, three. " * 20}]

    async def answer(chat: EmbeddedChat) -> str:
        return "".join([d.text async for d in chat.stream(Request([*block, *HELLO], fixed=1, max_tokens=4))])

    async def go() -> None:
        chat = EmbeddedChat("small", server)
        await chat.warm(block)
        (file,) = server.slots.glob("*.slot")
        whole = file.read_bytes()
        said = await answer(EmbeddedChat("small", server))
        file.write_bytes(whole[: len(whole) // 2] if damage == "half" else os.urandom(len(whole)))
        assert await answer(EmbeddedChat("small", server)) == said
        assert not file.exists()

    asyncio.run(go())


def test_a_missing_file_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TEXT2PROMQL_MODELS_DIR", str(tmp_path))
    with pytest.raises(ModelFileError, match="text2promql models pull qwen2.5-coder-0.5b"):
        models.find("qwen2.5-coder-0.5b")


def test_a_truncated_file_is_told_before_and_after_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pinned = models.MODELS["qwen2.5-coder-0.5b"]
    (tmp_path / pinned.file).write_bytes(b"GGUF" + b"\0" * 1000)
    monkeypatch.setenv("TEXT2PROMQL_MODELS_DIR", str(tmp_path))
    with pytest.raises(ModelFileError, match="pull"):
        models.find("qwen2.5-coder-0.5b")
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF" + b"\0" * 1000)
    with pytest.raises(ModelUnavailable, match=r"own\.gguf.*log ends"):
        LlamaServer(own, tmp_path / "run").ensure()
