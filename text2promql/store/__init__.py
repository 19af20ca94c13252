"""The store: conversations, feedback and what was learned from them, in SQLite or PostgreSQL.

`database` (opened, migrated, errors), `tables`, `history` (what was asked and answered), `knowledge` (what was
learned).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from text2promql.store.database import Database, masked
from text2promql.store.history import History
from text2promql.store.knowledge import Knowledge

__all__ = ["Store", "masked"]

P = ParamSpec("P")
R = TypeVar("R")
#: Store calls at once; more wait for a thread, never in the event loop.
THREADS = 8


class Store:
    """Everything that is kept. Its calls block: from an event loop they go through `apart`."""

    def __init__(self, url: str) -> None:
        """Open or make the store at an SQLAlchemy URL. Raises SettingsError, StoreError."""
        self._database = Database(url)
        self.history = History(self._database)
        self.knowledge = Knowledge(self._database)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    async def apart(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A blocking call in a thread of its own. Once begun it ends, also where the caller is cancelled."""
        work: Any = partial(call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Wait for the calls under way, and let go of the database."""
        self._threads.shutdown()
        self._database.close()
