"""Responses: looking at one however it ended, following it, cancelling it."""

import re
from typing import Any
from uuid import UUID

from flask import request

from app.api import asking_context, idempotency, server_sent_events
from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.conversations import (
    CANCELLED,
    CONTEXT,
    EVENTS_OF_AN_ANSWER,
    RESPONSE,
)
from app.api.schemas.exchanges import ResponseOut
from app.api.schemas.sent import SentContextOut
from app.db import transaction
from app.domain.access import Permission
from app.errors import Malformed
from app.services import cancelling, responses, sent

blueprint = Blueprint("responses", __name__, description="Answers of models")
_PLACE = re.compile(r"[0-9]{1,7}")


@blueprint.operation(
    "GET",
    "/responses/<uuid:response_id>",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.response(200, ResponseOut, example=RESPONSE)
def get_response(response_id: UUID) -> Any:
    """Show a response, however it ended."""
    with transaction() as session:
        return responses.get(session, principal=principal(), response_id=response_id)


@blueprint.operation(
    "GET",
    "/responses/<uuid:response_id>/context",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.response(200, SentContextOut, example=CONTEXT)
def get_response_context(response_id: UUID) -> Any:
    """Show exactly what was sent to the model."""
    with transaction() as session:
        return sent.get(session, principal=principal(), response_id=response_id)


@blueprint.operation(
    "GET",
    "/responses/<uuid:response_id>/stream",
    needs=Permission.INTERACTIONS_READ,
    errors=(400, 404),
)
@blueprint.event_stream(example=EVENTS_OF_AN_ANSWER, parameters=["Last-Event-ID"])
def follow_response(response_id: UUID) -> Any:
    """Follow an answer from its beginning, or from where a connection broke off.

    With `Last-Event-ID` it goes on behind that token; without, it begins with `prompt`. It ends
    with `response` or `error`, also when the answer has been there for long.
    """
    follower = asking_context.follower()
    exchange = follower.find(principal=principal(), response_id=response_id)
    last = _last_event()
    tokens = follower.follow(response_id, first=0 if last is None else last + 1)
    return server_sent_events.stream(tokens, told=exchange if last is None else None)


@blueprint.operation(
    "POST",
    "/responses/<uuid:response_id>/cancel",
    needs=Permission.INTERACTIONS_WRITE,
    errors=(404,),
    binds_own_key=True,
)
@idempotency.repeatable
@blueprint.response(200, ResponseOut, example=CANCELLED)
def cancel_response(response_id: UUID) -> Any:
    """Want no more of an answer; what has come of it is kept, and can be rated.

    Cancelling it again changes nothing. One that is complete or has failed is a 409.
    """
    return cancelling.cancel(
        transaction,
        principal=principal(),
        response_id=response_id,
        journal=asking_context.journal(),
    )


def _last_event() -> int | None:
    """Return the place that the Last-Event-ID header names; raises Malformed."""
    said = request.headers.get("Last-Event-ID")
    if not said:
        return None
    if not _PLACE.fullmatch(said):
        raise Malformed("expected a Last-Event-ID that a token came with")
    return int(said)
