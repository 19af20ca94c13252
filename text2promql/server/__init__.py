"""The HTTP service: REST, server-sent events and the chat page."""

from text2promql.server.app import create_app

__all__ = ["create_app"]
