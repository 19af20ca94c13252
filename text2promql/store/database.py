"""The database under the store: opened, migrated, and its errors as ours. SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from text2promql.errors import SettingsError, StoreError, StoreFull, StoreTooNew, StoreUnreachable

__all__ = ["Database", "masked"]

#: Seconds for which a writer waits for another one.
PATIENCE = 30
_MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number that nobody else uses: the PostgreSQL lock under which one process migrates.
_LOCK = 7_032_541_906


class Database:
    """Sessions for reading and for writing. Thread-safe."""

    def __init__(self, url: str) -> None:
        """Connect, and bring the tables up to date. Raises SettingsError, StoreError."""
        self.url = _url(url)
        with mapped(self.url):
            self.engine = _sqlite(self.url) if self.url.get_backend_name() == "sqlite" else _server(self.url)
            self._writer = self.engine.execution_options(writes=True)
            try:
                self._migrate()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the store. Raises StoreError."""
        with mapped(self.url), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed at the end, after which nothing is lost. One writer at a time on SQLite."""
        with mapped(self.url), Session(self._writer) as session, session.begin():
            yield session

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with self.engine.connect() as connection:
            if _revision(connection) == scripts.get_current_head():
                return
        with self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            found = _revision(connection)
            if found and found not in {s.revision for s in scripts.walk_revisions()}:
                raise StoreTooNew(
                    f"the store {masked(self.url)} was written by a newer version (revision {found}): install that "
                    "version or a newer one, or name another store with TEXT2PROMQL_STORE"
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def masked(url: str | URL) -> str:
    """A store's URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except exc.ArgumentError:
        return "(not a URL)"


def _url(text_: str) -> URL:
    try:
        url = make_url(text_)
    except exc.ArgumentError as error:
        raise SettingsError(
            "store is not a URL; give sqlite:////path/to/file or postgresql://user:password@host/database"
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"store {masked(url)}: only sqlite and postgresql are supported")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError("store: SQLite in memory would forget everything; give sqlite:////path/to/file")
    return url


def _server(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError as error:
        raise SettingsError(f"store {masked(url)} needs an extra: pip install 'text2promql[postgres]'") from error


def _sqlite(url: URL) -> Engine:
    """SQLite that many threads and processes may write: WAL, waiting for the lock, and BEGIN IMMEDIATE, as a
    transaction that reads first and writes later would fail where another has written in between."""
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnreachable(
            f"cannot make the folder of the store {path} ({error.strerror}); set TEXT2PROMQL_STORE"
        ) from error
    engine = create_engine(url, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the transactions are begun below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def mapped(url: URL) -> Iterator[None]:
    """SQLAlchemy's errors as ours, the most specific first."""
    name = masked(url)
    try:
        yield
    except exc.DBAPIError as error:
        told = f"{name}: {error.orig}"
        if _full(error):
            raise StoreFull(f"the disk of the store is full ({told}); free some space and try again") from error
        if isinstance(error, exc.OperationalError | exc.InterfaceError):
            raise StoreUnreachable(
                f"cannot use the store {told}; check the path or server, its permissions, and TEXT2PROMQL_STORE"
            ) from error
        raise StoreError(
            f"the store fails ({told}); if the file is damaged, restore a copy or name another with TEXT2PROMQL_STORE"
        ) from error
    except exc.SQLAlchemyError as error:
        raise StoreError(f"the store {name} fails: {error}") from error


def _full(error: exc.DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", None) == "53100"
