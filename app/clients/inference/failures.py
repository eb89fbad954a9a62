"""Which failure it is that a remote's silence, a status or an error's own words stand for."""

import re
from collections.abc import Mapping

from app.clients.http_answer import FailureKind, HttpReply, RemoteError
from app.clients.inference.base import FailureCode, InferenceError
from app.domain.storable import storable

_REMOTE_FAILURES: Mapping[FailureKind, FailureCode] = {
    "unreachable": "model_unavailable",
    "timeout": "model_timeout",
    "too_large": "model_failed",
    "broken": "model_failed",
    "interrupted": "interrupted",
}
_STATUS_FAILURES: Mapping[int, FailureCode] = {
    408: "model_timeout",
    429: "model_not_ready",
    503: "model_unavailable",
    504: "model_timeout",
}
_NOT_FOUND = 404
# The words in which the Model Service and SageMaker say that they know no such endpoint.
_UNKNOWN_ENDPOINT = re.compile(
    r"could not find endpoint|model not deployed"
    r"|endpoint( \S+)?( of account \S+)? (was )?(not found|does not exist)",
    re.IGNORECASE,
)
# A container's own error may speak of things not found, too; then the model has run.
_MODEL_RAN = re.compile(r"ModelError|container|from (primary|model)", re.IGNORECASE)
_NOT_READY = re.compile(r"ModelNotReady|ThrottlingException", re.IGNORECASE)


class UnknownEndpoint(InferenceError):
    """The Model Service knows no such endpoint: no model was asked."""


def failure_of(error: RemoteError, endpoint_name: str | None = None) -> InferenceError:
    """Return the failure that a remote's silence stands for."""
    return InferenceError(_REMOTE_FAILURES[error.kind], error.message, endpoint_name)


def failure_of_status(reply: HttpReply, endpoint_name: str | None) -> InferenceError:
    """Return the failure that an answer of no success is."""
    raw = raw_of(reply)
    message = f"the model side answered with HTTP {reply.status}"
    if reply.status in _STATUS_FAILURES:
        return InferenceError(_STATUS_FAILURES[reply.status], message, endpoint_name, raw)
    if reply.status == _NOT_FOUND and not _MODEL_RAN.search(raw):
        return _unknown(endpoint_name, raw)
    return failure_in_words(message, raw, endpoint_name, raw)


def failure_in_words(
    message: str, said: str, endpoint_name: str | None, raw: str
) -> InferenceError:
    """Return the failure that the sender's own words stand for.

    They stay in ``raw``: they may name accounts and hosts, which are nobody's business.
    """
    if _UNKNOWN_ENDPOINT.search(said) and not _MODEL_RAN.search(said):
        return _unknown(endpoint_name, raw)
    if _NOT_READY.search(said):
        return InferenceError("model_not_ready", "the model is not ready", endpoint_name, raw)
    return InferenceError("model_failed", message, endpoint_name, raw)


def _unknown(endpoint_name: str | None, raw: str) -> InferenceError:
    message = "the endpoint found for the model is not there any more"
    return UnknownEndpoint("model_not_served", message, endpoint_name, raw)


def raw_of(reply: HttpReply) -> str:
    """Return the body as a text that can be stored."""
    return storable(reply.body.decode("utf-8", "replace"))
