"""Build hook: a wheel carries the built chat page; an editable install reads it from the clone."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ChatPage(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        page = Path(self.root) / "web" / "chat" / "dist"
        if not (page / "index.html").exists():
            raise FileNotFoundError(f"{page} is missing: the chat page is not built yet; run `make page` first")
        build_data["force_include"][str(page)] = "text2promql/data/chat"
