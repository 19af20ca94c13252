"""Every error this project raises on purpose.

    Text2PromqlError
    ├── BadQuestion          the caller: the question is empty, too long or not text
    ├── BadQuery             the caller: PromQL that does not parse (has `position`)
    ├── BadExample           the caller: an example that does not pass the gates
    ├── SettingsError        the operator: a setting has a bad value
    ├── PortTaken            the operator: something else listens there
    ├── BackendError         the operator: the Prometheus API
    │   ├── BackendUnreachable    no connection, or no answer in time
    │   ├── BackendUnauthorized   401 or 403
    │   ├── NotPrometheus         something answers, but not the Prometheus HTTP API
    │   └── QueryRejected         the backend refuses this query (it carries the backend's words)
    ├── ModelError           the operator: the language model
    │   ├── ModelFileError        missing, truncated or corrupt model file
    │   ├── ModelUnavailable      endpoint down, slow, or the child process died
    │   └── ModelReplyError       empty, cut off, or over the context size
    ├── StoreError           the operator: the database of conversations, feedback and learned examples
    │   ├── StoreUnreachable      cannot be opened or connected to, or is locked for too long
    │   ├── StoreFull             the disk is full
    │   └── StoreTooNew           it was written by a newer version
    ├── NotFound             the caller: no such conversation, answer or example
    ├── Refused              the caller: it exists, but this cannot be done to it
    ├── StaleIndex           the operator: index missing, stale, corrupt or of another embedder
    ├── CorpusError          the corpus author: file, line and key are named
    ├── DatasetError         the author of evaluation questions: file, line and key, or the question, are named
    ├── WorldError           the world author: file and key are named
    └── Busy                 the caller: too many questions at once; try again

"I can't answer that" is a value (an Answer with status "declined"), not an error.
"""

from __future__ import annotations

__all__ = [
    "BackendError",
    "BackendUnauthorized",
    "BackendUnreachable",
    "BadExample",
    "BadQuery",
    "BadQuestion",
    "Busy",
    "CorpusError",
    "DatasetError",
    "StaleIndex",
    "ModelError",
    "ModelFileError",
    "ModelReplyError",
    "ModelUnavailable",
    "NotFound",
    "NotPrometheus",
    "PortTaken",
    "QueryRejected",
    "Refused",
    "SettingsError",
    "StoreError",
    "StoreFull",
    "StoreTooNew",
    "StoreUnreachable",
    "Text2PromqlError",
    "WorldError",
]


class Text2PromqlError(Exception):
    """The root. The message names the thing that is wrong and the next step."""

    answer_id: str | None = None
    """Under which the question that failed is kept, where it is."""
    conversation_id: str | None = None


class BadQuestion(Text2PromqlError):
    pass


class BadQuery(Text2PromqlError):
    """PromQL that does not parse; `position` is a character offset into the query, if known."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class BadExample(Text2PromqlError):
    pass


class SettingsError(Text2PromqlError):
    pass


class PortTaken(Text2PromqlError):
    pass


class BackendError(Text2PromqlError):
    pass


class BackendUnreachable(BackendError):
    pass


class BackendUnauthorized(BackendError):
    pass


class NotPrometheus(BackendError):
    pass


class QueryRejected(BackendError):
    pass


class ModelError(Text2PromqlError):
    pass


class ModelFileError(ModelError):
    pass


class ModelUnavailable(ModelError):
    pass


class ModelReplyError(ModelError):
    pass


class StoreError(Text2PromqlError):
    pass


class StoreUnreachable(StoreError):
    pass


class StoreFull(StoreError):
    pass


class StoreTooNew(StoreError):
    pass


class NotFound(Text2PromqlError):
    pass


class Refused(Text2PromqlError):
    pass


class StaleIndex(Text2PromqlError):
    pass


class CorpusError(Text2PromqlError):
    pass


class DatasetError(Text2PromqlError):
    pass


class WorldError(Text2PromqlError):
    pass


class Busy(Text2PromqlError):
    pass
