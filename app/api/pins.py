"""Pins: what the model is told with every message."""

from typing import Any
from uuid import UUID

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.db import transaction
from app.domain.access import Permission
from app.services import pins

blueprint = Blueprint("pins", __name__, description="What a model is told with every message")
_PATH = "/interactions/<uuid:interaction_id>/messages/<uuid:message_id>/pin"


@blueprint.operation("PUT", _PATH, needs=Permission.INTERACTIONS_WRITE, errors=(404, 409))
@blueprint.response(204)
def pin_message(interaction_id: UUID, message_id: UUID) -> Any:
    """Pin a turn: the model is told it with every chat message, however long ago it was.

    The message is a prompt or a response; the whole turn is pinned, and goes along once it is
    answered. At most 20 turns of a conversation are: one more is a 409. What does not fit into
    the model's context beside its pins is refused with `context_too_long`. Forgetting the
    memory unpins everything.
    """
    with transaction() as session:
        pins.pin(
            session, principal=principal(), interaction_id=interaction_id, message_id=message_id
        )
    return Response(status=204)


@blueprint.operation("DELETE", _PATH, needs=Permission.INTERACTIONS_WRITE, errors=(404,))
@blueprint.response(204)
def unpin_message(interaction_id: UUID, message_id: UUID) -> Any:
    """Pin a turn no more: it goes along as long as there is room for it."""
    with transaction() as session:
        pins.unpin(
            session, principal=principal(), interaction_id=interaction_id, message_id=message_id
        )
    return Response(status=204)
