"""Routes of the history: conversations, sharing, and one user's data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, Field

from text2promql.asking import LOCAL
from text2promql.server.problems import Problem
from text2promql.service import Service
from text2promql.store.history import TEXT, TITLE, Conversation, ConversationSummary, UserData

__all__ = ["NOT_FOUND", "STORE", "User", "history_routes"]

User = Annotated[
    str,
    Header(
        alias="X-User",
        pattern=r"^[A-Za-z0-9._@-]{1,64}$",
        description="Whose history it is. It keeps histories apart; it is no authentication.",
    ),
]
STORE: dict[int | str, dict[str, Any]] = {
    s: {"model": Problem, "content": {"application/problem+json": {}}} for s in (422, 503, 507)
}
NOT_FOUND = {**STORE, 404: STORE[422]}


class Conversations(BaseModel):
    """A page of the history."""

    conversations: list[ConversationSummary] = Field(description="The newest first.")


class NewTitle(BaseModel):
    title: str = Field(min_length=1, max_length=TITLE, pattern=TEXT, description="The conversation's new title.")


class Shared(BaseModel):
    token: str = Field(description="By which anybody may read the conversation at GET /api/v1/shared/{token}.")


def history_routes(service: Service) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", responses=STORE, tags=["history"])
    apart, history = service.store.apart, service.store.history

    @routes.get("/conversations", summary="Conversations of this user, the newest first")
    async def conversations(
        user: User = LOCAL,
        search: Annotated[
            str, Query(max_length=500, pattern=TEXT, description="Part of a title, question or query.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=200, description="Most conversations to return.")] = 50,
        before: Annotated[datetime | None, Query(description="Only those updated before this time.")] = None,
    ) -> Conversations:
        aware = before.astimezone() if before else None
        return Conversations(conversations=await apart(history.conversations, user, search, limit, aware))

    @routes.get("/conversations/{name}", responses=NOT_FOUND, summary="One conversation with its answers")
    async def conversation(name: str, user: User = LOCAL) -> Conversation:
        return await apart(history.conversation, user, name)

    @routes.patch("/conversations/{name}", responses=NOT_FOUND, summary="Rename a conversation")
    async def rename(name: str, body: NewTitle, user: User = LOCAL) -> ConversationSummary:
        return await apart(history.rename, user, name, body.title)

    @routes.delete("/conversations/{name}", status_code=204, responses=NOT_FOUND, summary="Delete a conversation")
    async def delete(name: str, user: User = LOCAL) -> None:
        await apart(history.delete, user, name)

    @routes.post("/conversations/{name}/share", responses=NOT_FOUND, summary="Share a conversation by link")
    async def share(name: str, user: User = LOCAL) -> Shared:
        return Shared(token=await apart(history.share, user, name))

    @routes.delete(
        "/conversations/{name}/share", status_code=204, responses=NOT_FOUND, summary="Stop sharing a conversation"
    )
    async def unshare(name: str, user: User = LOCAL) -> None:
        await apart(history.unshare, user, name)

    @routes.get("/shared/{token}", responses=NOT_FOUND, summary="A conversation that was shared, read only")
    async def shared(token: str) -> Conversation:
        return await apart(history.shared, token)

    @routes.get("/me/export", summary="Everything stored of this user")
    async def export(user: User = LOCAL) -> UserData:
        return await apart(history.export, user)

    @routes.delete("/me", status_code=204, summary="Delete everything stored of this user")
    async def forget(user: User = LOCAL) -> None:
        await apart(history.forget, user)

    return routes
