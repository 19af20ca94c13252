"""The store on SQLite and, where it is installed, on PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from text2promql.processes import free_port
from text2promql.store import Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of one's own, without the database."""
    missing = [name for name in ("initdb", "pg_ctl", "createdb") if not shutil.which(name)]
    if missing:
        pytest.skip(f"PostgreSQL is not installed ({', '.join(missing)} not found)")
    pytest.importorskip("psycopg", reason="the postgres extra is not installed")
    user = _user()
    with tempfile.TemporaryDirectory(prefix="t2p-pg-") as name:
        folder, port = Path(name), free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, user)

        def run(*command: str) -> None:
            who = user if os.geteuid() == 0 else None  # PostgreSQL does not run as root
            subprocess.run(command, user=who, check=True, capture_output=True, cwd=folder)

        data = str(folder / "data")
        run("initdb", "-D", data, "-U", "me", "-A", "trust", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
        run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield f"postgresql://me@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def _user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("there is no user to run PostgreSQL as")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    server = str(request.getfixturevalue("postgres"))
    name = f"db{uuid.uuid4().hex[:12]}"
    port = server.rsplit(":", 1)[1]
    subprocess.run(["createdb", "-h", "127.0.0.1", "-p", port, "-U", "me", name], check=True)
    return f"{server}/{name}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()
