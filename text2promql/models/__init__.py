"""Language models: the files of the embedded ones, the server that runs them, and the client that asks any.

`files` (find and pull), `llama` (llama.cpp's server as a child process), `chat` (what the pipeline talks to).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from text2promql.models.chat import ChatModel, EmbeddedChat, OpenAIChat
from text2promql.models.files import DEFAULT_MODEL, MODELS, Source, find, is_present, pull
from text2promql.models.llama import LlamaServer

if TYPE_CHECKING:
    from text2promql.settings import Settings

__all__ = ["DEFAULT_MODEL", "MODELS", "Source", "chat_model", "find", "is_present", "pull"]


def chat_model(settings: Settings) -> ChatModel:
    """The model the settings name: a hosted endpoint if there is a URL, else the embedded one."""
    if settings.model_url:
        key = settings.model_api_key
        return OpenAIChat(settings.model, settings.model_url, key.get_secret_value() if key else "none")
    path = find(settings.model)
    return EmbeddedChat(settings.model, LlamaServer(path, settings.cache / "llama", threads=settings.threads))
