"""Errors as RFC 9457 problem documents: the one place where our tree meets HTTP statuses."""

from __future__ import annotations

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from text2promql import errors as e

__all__ = ["Problem", "problem", "problem_response", "unauthorized", "validation_response"]

#: Most specific first.
_STATUSES: tuple[tuple[type[e.Text2PromqlError], int, str], ...] = (
    (e.BadQuestion, 422, "The question cannot be read"),
    (e.BadQuery, 422, "The query does not parse"),
    (e.BadExample, 422, "The example does not pass the gates"),
    (e.QueryRejected, 422, "The backend refuses the query"),
    (e.Busy, 429, "Too many questions at once"),
    (e.BackendUnauthorized, 502, "The backend refuses access"),
    (e.NotPrometheus, 502, "The backend is not Prometheus"),
    (e.BackendUnreachable, 502, "The backend cannot be reached"),
    (e.BackendError, 502, "The backend reports an error"),
    (e.ModelUnavailable, 503, "The model is not available"),
    (e.ModelFileError, 503, "The model file is not usable"),
    (e.ModelReplyError, 502, "The model's reply is not usable"),
    (e.ModelError, 503, "The model reports an error"),
    (e.StoreFull, 507, "The store's disk is full"),
    (e.StoreError, 503, "The store is not usable"),
    (e.NotFound, 404, "There is no such thing"),
    (e.Refused, 409, "That cannot be done"),
    (e.StaleIndex, 503, "The example index is not usable"),
)


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="Stable identifier of the kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What is wrong and the next step.")
    answer_id: str | None = Field(None, description="Under which the question that failed is kept, for feedback.")
    conversation_id: str | None = Field(None, description="The conversation of the question that failed.")


def problem(error: e.Text2PromqlError) -> Problem:
    for kind, status, title in _STATUSES:
        if isinstance(error, kind):
            return Problem(
                type=f"urn:text2promql:{kind.__name__}",
                title=title,
                status=status,
                detail=str(error),
                answer_id=error.answer_id,
                conversation_id=error.conversation_id,
            )
    return Problem(type="urn:text2promql:Error", title="Internal error", status=500, detail=str(error))


def _document(found: Problem) -> JSONResponse:
    return JSONResponse(found.model_dump(exclude_none=True), found.status, media_type="application/problem+json")


def unauthorized() -> JSONResponse:
    detail = "send the service's token as `Authorization: Bearer TOKEN`"
    return _document(Problem(type="urn:text2promql:Unauthorized", title="A token is needed", status=401, detail=detail))


async def problem_response(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, e.Text2PromqlError)
    return _document(problem(error))


async def validation_response(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = "; ".join(f"{'.'.join(map(str, i['loc'][1:]))}: {i['msg']}" for i in error.errors())
    return _document(
        Problem(type="urn:text2promql:BadRequest", title="The request is not valid", status=422, detail=told)
    )
