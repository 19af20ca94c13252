"""What the two ways of fetching a model file share: progress, a full disk, hashes, the lock."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from text2promql.errors import ModelFileError

__all__ = ["CHUNK", "Progress", "disk_full", "locked", "sha256", "sync"]

CHUNK = 1 << 20
"""Bytes read or written at once."""

Progress = Callable[[str, int, int], None]
"""Called with the stage (hub, parts, assemble, verify, waiting), bytes done and bytes in total."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def sha256(path: Path, progress: Progress | None = None) -> str:
    """The file's SHA-256 in hex; about 1 GB/s."""
    digest = hashlib.sha256()
    total = path.stat().st_size
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress("verify", done, total)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Return when the file's bytes are on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def disk_full(folder: Path, needed: int) -> Iterator[None]:
    """Turn "no space left" into a ModelFileError that says how many bytes the whole pull needs."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise ModelFileError(
            f"the disk of {folder} is full: the download needs {needed / 1e9:.1f} GB; free some space, or set "
            "TEXT2PROMQL_MODELS_DIR to a folder on another disk, then run the same command again "
            "(what has been fetched is kept)"
        ) from error


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None], poll: float = 0.2) -> Iterator[None]:
    """Hold an exclusive lock on `path` between processes; `waiting` is called while another holds it."""
    with path.open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(poll)
        yield  # closing the file gives the lock back
