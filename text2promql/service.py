"""The parts of a running service put together: backend, catalog, index, model; and the warm-up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from text2promql import models, prompts
from text2promql.backend import Backend
from text2promql.catalog import Catalog
from text2promql.embeddings import Embedder, embedder
from text2promql.errors import BackendError, ModelError, StoreError, Text2PromqlError
from text2promql.index import Index
from text2promql.memory import Memory
from text2promql.models.chat import ChatModel, EmbeddedChat
from text2promql.pipeline import Pipeline
from text2promql.retrieval import Retriever
from text2promql.settings import Settings
from text2promql.store import Store
from text2promql.turns import Turns

__all__ = ["Service", "chat_folder", "corpus_folder"]

log = logging.getLogger(__name__)

#: Seconds between two clean-ups.
TIDY = 6 * 3600.0

_PACKAGE = Path(__file__).resolve().parent


def _data(installed: str, clone: str) -> Path:
    """Data lies inside an installed package, or beside it in a clone."""
    inside = _PACKAGE / "data" / installed
    return inside if inside.exists() else _PACKAGE.parent / clone


def corpus_folder() -> Path:
    return _data("corpus", "corpus")


def chat_folder() -> Path:
    """The built chat page; in a clone it is there after `make page`."""
    return _data("chat", "web/chat/dist")


@dataclass
class Service:
    """One backend, one index, one model. `running` starts and stops what needs it."""

    settings: Settings
    backend: Backend
    catalog: Catalog
    embedder: Embedder
    model: ChatModel
    store: Store
    memory: Memory
    turns: Turns
    starting: str = "the model is starting"
    busy: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def build(cls, settings: Settings, model: ChatModel | None = None) -> Service:
        """Raises SettingsError, StaleIndex, StoreError, ModelFileError."""
        chosen = embedder(settings.embedder)
        index = Index.read(settings.index, chosen)
        backend = Backend(settings)
        chat = model or models.chat_model(settings)
        store = Store(settings.store)
        parallel = settings.parallel or (1 if isinstance(chat, EmbeddedChat) else None)
        memory = Memory(index, settings.index, chosen, store.knowledge)
        return cls(settings, backend, Catalog(backend), chosen, chat, store, memory, Turns(parallel))

    @property
    def retriever(self) -> Retriever:
        return self.memory.retriever

    @asynccontextmanager
    async def running(self, warm: bool = True) -> AsyncIterator[Service]:
        """Start the model in the background; on leaving nothing is left running."""
        self._tasks += [asyncio.create_task(self._start(warm)), asyncio.create_task(self._tidy())]
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self.model.close()
            await self.close()

    async def close(self) -> None:
        """Let go of backend and store; the model is closed by `running`."""
        await self.backend.close()
        await asyncio.to_thread(self.store.close)

    def pipeline(self) -> Pipeline:
        """The pipeline over what lies on disk and in the store now. Blocks: see `current`."""
        self.memory.refresh()
        return Pipeline(self.retriever, self.catalog, self.backend, self.model, self.settings)

    async def current(self) -> Pipeline:
        """The same, from within an event loop."""
        return await self.store.apart(self.pipeline)

    async def _tidy(self) -> None:
        """Delete what is older than the retention allows, now and then."""
        while self.settings.retention_days:
            before = datetime.now(UTC) - timedelta(days=self.settings.retention_days)
            try:
                await self.store.apart(self.store.history.purge, before)
                await self.store.apart(self.memory.drop_vectors)
            except StoreError as error:
                log.error("old answers are not deleted: %s", error)
            await asyncio.sleep(TIDY)

    async def _start(self, warm: bool) -> None:
        try:
            if isinstance(self.model, EmbeddedChat):
                await self.model.start()
            self.starting = ""
            if warm and isinstance(self.model, EmbeddedChat):
                await self._warm(self.model)
        except Text2PromqlError as error:
            self.starting = str(error)
            log.error("the model did not start: %s", error)

    async def _warm(self, model: EmbeddedChat) -> None:
        """Read the scenarios' fixed prompt blocks into the prompt cache while nobody asks."""
        try:
            await self.catalog.refresh()
        except BackendError as error:
            log.warning("the prompt cache stays cold: %s", error)
            return
        blocks: dict[str, list[prompts.Message]] = {}
        for name, scenario in self.retriever.index.scenarios.items():
            block = self.retriever.block(name, self.catalog)
            if all(m in self.catalog for e in block[:1] for m in e.metrics):  # this backend has the scenario
                blocks[name] = prompts.scenario_messages(scenario, block, self.settings.steps)
        model.forget_others(list(blocks.values()))
        for name, fixed in blocks.items():
            try:
                while not await self._warm_one(model, fixed):
                    pass
            except ModelError as error:
                log.warning("could not warm the prompt of %s: %s", name, error)

    async def _warm_one(self, model: EmbeddedChat, block: list[prompts.Message]) -> bool:
        """Warm one block; False where a question came in between: it goes first, and the block waits."""
        while self.busy:
            await asyncio.sleep(0.2)
        task = asyncio.create_task(model.warm(block))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=0.1)
                if self.busy and not task.done():
                    return False
            task.result()
            return True
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, ModelError):
                await task
