"""What a measurement is made with: the service under test, and the facts that stand in its report."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import text2promql
from eval.replies import identity
from eval.world.run import ROOT
from offline.build import build, up_to_date
from text2promql.embeddings import embedder
from text2promql.service import Service, corpus_folder
from text2promql.settings import Settings

__all__ = ["about", "leave_out", "service_for"]


def service_for(settings: Settings, corpus: Path | None = None) -> Service:
    """A service over the index of the corpus as it is now; it is not started."""
    chosen = embedder(settings.embedder)
    corpora = [corpus or corpus_folder()]
    if not up_to_date(corpora, settings.index, chosen):
        build(corpora, settings.index, chosen)
    return Service.build(settings)


def leave_out(scenario: str, settings: Settings, folder: Path) -> tuple[Settings, Path]:
    """Settings with an index and a store of their own in `folder`, and a corpus there that lacks the scenario."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for file in corpus_folder().glob("*.yaml"):
        if file.stem != scenario:
            (corpus / file.name).symlink_to(file.resolve())
    if settings.index.exists():  # its vectors need not be made anew
        shutil.copytree(settings.index, folder / "index")
    own = {"index": folder / "index", "store": f"sqlite:///{folder}/store.sqlite"}
    return settings.model_copy(update=own), corpus


def about(datasets: Sequence[str], settings: Settings, service: str | None) -> dict[str, Any]:
    return {
        "dataset": " + ".join(Path(d).stem for d in datasets),
        "model": service or settings.model,
        "model_id": service or identity(settings),
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
    }


def _commit() -> str:
    """The commit of the clone this runs from, marked where files differ from it; else the version."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return f"version {text2promql.__version__}"


def _machine() -> str:
    cpu = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass  # not Linux: the platform's name has to do
    return f"{os.cpu_count()} cores, {cpu or platform.processor() or platform.machine()}"
