"""Opening the store: migrations, several processes at once, and what is said when it cannot be used."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, text

from tests.store.examples import answer
from text2promql.errors import SettingsError, StoreError, StoreFull, StoreTooNew, StoreUnreachable
from text2promql.processes import free_port
from text2promql.settings import Settings
from text2promql.store import Store
from text2promql.store.database import Database
from text2promql.store.history import History
from text2promql.store.tables import Table

WRITER = """
import sys
from tests.store.examples import answer
from text2promql.store import Store
store = Store(sys.argv[1])
for n in range(int(sys.argv[3])):
    given = answer(f"{sys.argv[2]}-{n}", conversation=f"c{sys.argv[2]}")
    store.history.keep(given, "me", [])
    print(given.id, flush=True)
"""


def writer(url: str, name: str, answers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, url, name, str(answers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kept(store: Store) -> set[str]:
    every = store.history.conversations("me", limit=200)
    return {a.answer.id for c in every for a in store.history.conversation("me", c.id).answers}


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    database = Database(url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    database.close()


def test_processes_that_open_and_write_at_once_lose_nothing(url: str) -> None:
    writers = [writer(url, str(n), 40) for n in range(4)]
    told = {line.strip() for w in writers for line in w.communicate(timeout=120)[0].splitlines()}
    assert all(w.returncode == 0 for w in writers) and len(told) == 160
    store = Store(url)
    assert kept(store) == told
    store.close()


def test_what_was_acknowledged_outlives_a_kill(url: str) -> None:
    child = writer(url, "k", 100_000)
    assert child.stdout is not None
    told = [child.stdout.readline().strip() for _ in range(30)]
    os.kill(child.pid, signal.SIGKILL)
    told += [line.strip() for line in child.stdout.read().splitlines() if line.endswith("\n")]
    child.wait()
    child.stdout.close()
    store = Store(url)
    assert set(told) <= kept(store)
    store.history.keep(answer("after"), "me", [])
    store.close()


def test_a_store_of_a_newer_version_is_refused(url: str) -> None:
    database = Database(url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreTooNew, match=r"9999.*TEXT2PROMQL_STORE"):
        Database(url)


def test_a_full_disk_is_told_and_what_was_there_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite")
    database.close()

    @event.listens_for(database.engine, "connect")
    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 60")

    history, written = History(database), 0
    with pytest.raises(StoreFull, match="free some space"):
        for written in range(1000):
            history.keep(answer(str(written), promql="x" * 5000), "me", [])
    assert 0 < written == len(history.conversation("me", "c").answers)
    database.close()


def test_what_cannot_be_opened_is_told_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database" * 500)
    cases: list[tuple[str, type[Exception], str]] = [
        (f"sqlite:///{tmp_path}/file/store.sqlite", StoreUnreachable, "TEXT2PROMQL_STORE"),
        (f"sqlite:///{damaged}", StoreError, "restore a copy"),
        (f"postgresql://me:secret@127.0.0.1:{free_port()}/x", StoreUnreachable, "127.0.0.1"),
        ("sqlite://", SettingsError, "forget"),
        ("mysql://h/x", SettingsError, "only sqlite and postgresql"),
        ("nonsense", SettingsError, "not a URL"),
    ]
    for url, kind, words in cases:
        with pytest.raises(kind, match=words) as told:
            Database(url)
        assert "secret" not in str(told.value)


def test_a_writer_waits_for_another(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    one, other = Database(url), Store(url)
    with one.writing() as session:
        session.execute(text("UPDATE revision SET value = 7"))
        begun = time.monotonic()
        child = writer(url, "w", 1)
        time.sleep(1.5)
    assert child.communicate(timeout=60)[0].strip() and child.returncode == 0
    assert time.monotonic() - begun >= 1.5
    assert other.knowledge.revision() == 7
    other.close()
    one.close()


def test_the_password_is_not_shown() -> None:
    settings = Settings(store="postgresql://me:secret@host/x")
    assert "secret" not in settings.model_dump_json() and "secret" not in repr(settings)
    assert "***" in settings.model_dump_json()
