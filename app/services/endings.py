"""Endings: how an open response becomes complete, failed or cancelled, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.inference.base import InferenceError
from app.domain.states import ResponseStatus
from app.models import Response
from app.services import token_usage
from app.services.calls import Outcome
from app.services.exchange_statements import COMPLETE, END, KEEP
from app.utils.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What a stream has brought: all of the text, and the tokens not in the journal yet."""

    text: str | None = None
    first_token_ms: int | None = None
    first_unwritten: int = 0
    unwritten: Sequence[str] = ()


NOTHING = Streamed()


def complete(
    session: Session, *, response_id: UUID, outcome: Outcome, streamed: Streamed = NOTHING
) -> Any:
    """Store the answer and return the response, as it is where it had been ended before.

    Storing it once more, after a commit whose outcome was lost, changes nothing.
    """
    completion = outcome.completion
    stored = session.execute(
        COMPLETE,
        {
            "id": response_id,
            "event_id": new_id(),
            "model_id": outcome.target.model_id,
            "content": completion.text,
            "endpoint_name": completion.endpoint_name,
            "provider": completion.provider,
            "finish_reason": completion.finish_reason,
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "latency_ms": completion.latency_ms,
            "first_token_ms": streamed.first_token_ms,
            "model_version": completion.model_version,
            "raw": completion.raw,
        },
    ).one_or_none()
    if stored is None:
        return _ended(session, response_id)
    _keep(session, response_id, streamed)
    token_usage.settle(session, response=stored)
    return stored


def fail(
    session: Session, *, response_id: UUID, error: InferenceError, streamed: Streamed = NOTHING
) -> Any:
    """End an open response as failed, with what has come, and return it as it is then."""
    values = {
        "error": {"code": error.code, "message": error.message},
        "told": {"code": error.code},
        "endpoint_name": error.endpoint_name,
        "raw": error.raw,
        "finish_reason": None,
        "actor": None,
    }
    return _end(session, response_id, ResponseStatus.FAILED, streamed, values)


def cancel(
    session: Session, *, response_id: UUID, actor: str | None, streamed: Streamed = NOTHING
) -> Any:
    """End an open response as cancelled, with what has come, and return it as it is then."""
    values = {
        "error": None,
        "told": None,
        "endpoint_name": None,
        "raw": None,
        "finish_reason": "cancelled",
        "actor": actor,
    }
    return _end(session, response_id, ResponseStatus.CANCELLED, streamed, values)


def _end(
    session: Session,
    response_id: UUID,
    status: ResponseStatus,
    streamed: Streamed,
    values: dict[str, Any],
) -> Any:
    ended = session.execute(
        END,
        {
            **values,
            "id": response_id,
            "status": status,
            "event_id": new_id(),
            "message_event_id": new_id(),
            "content": streamed.text,
            "first_token_ms": streamed.first_token_ms,
        },
    ).one_or_none()
    if ended is None:
        return _ended(session, response_id)
    _keep(session, response_id, streamed)
    token_usage.settle(session, response=ended)
    return ended


def _ended(session: Session, response_id: UUID) -> Response:
    return session.get_one(Response, response_id, populate_existing=True)


def _keep(session: Session, response_id: UUID, streamed: Streamed) -> None:
    """Write the journal's last tokens together with the ending."""
    if streamed.unwritten:
        place = {"response_id": response_id, "index": streamed.first_unwritten}
        session.execute(KEEP, {**place, "tokens": list(streamed.unwritten)})
