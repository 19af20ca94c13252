"""A model file from the Hugging Face hub (or a mirror of it), resumable."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from text2promql.errors import ModelFileError
from text2promql.models.downloads import CHUNK, Progress

__all__ = ["HubError", "fetch", "url"]

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_DROPS = 5
"""A transfer that breaks off is taken up again this many times."""


class HubError(ModelFileError):
    """The hub cannot be reached or does not have the file. Another source may."""


def url(repo: str, file: str) -> str:
    """Where the hub keeps a file. HF_ENDPOINT names a mirror, as it does for the hub's own tools."""
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    return f"{endpoint.rstrip('/')}/{repo}/resolve/main/{file}"


def fetch(
    address: str, part: Path, size: int, progress: Progress, transport: httpx.BaseTransport | None = None
) -> None:
    """Bring `part` up to `size` bytes, going on from what is there. Raises HubError."""
    drops = 0
    with httpx.Client(transport=transport, timeout=_TIMEOUT, follow_redirects=True) as client:
        while (have := _length(part)) != size:
            if have > size:
                part.unlink()
                continue
            try:
                _append(client, address, part, size, progress)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
                raise HubError(f"{address} cannot be reached ({error})") from error
            except httpx.HTTPError as error:
                drops += 1
                if drops > _DROPS:
                    raise HubError(
                        f"{address} broke off {drops} times, {_length(part)} of {size} bytes are here "
                        f"({error or type(error).__name__}); run the same command again to go on"
                    ) from error


def _append(client: httpx.Client, address: str, part: Path, size: int, progress: Progress) -> None:
    have = _length(part)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", address, headers=headers) as reply:
        if reply.status_code not in (200, 206):
            raise HubError(f"{address} answers {reply.status_code} {reply.reason_phrase}")
        if reply.status_code == 200:
            have = 0
        length = reply.headers.get("Content-Length")
        if length is not None and have + int(length) != size:
            raise HubError(
                f"{address} sends a file of {have + int(length)} bytes, expected {size}: not the pinned version"
            )
        with part.open("ab" if have else "wb") as file:
            for chunk in reply.iter_bytes(CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress("hub", have, size)
    if have < size:
        raise httpx.RemoteProtocolError(f"the transfer ended at {have} of {size} bytes")


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
