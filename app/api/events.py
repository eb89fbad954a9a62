"""The event log and the replay of a conversation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.conversations import REPLAY
from app.api.examples.operations import EVENTS
from app.api.schemas.events import EventsOut, EventsQuery, ReplayOut, ReplayQuery
from app.db import transaction
from app.domain.access import Permission
from app.domain.event_offset import EventOffset, parse_offset
from app.errors import Invalid
from app.services import events, interactions, replay

blueprint = Blueprint("events", __name__, description="What happened, in order")


@blueprint.operation("GET", "/events", needs=Permission.EVENTS_READ)
@blueprint.arguments(EventsQuery, location="query")
@blueprint.response(200, EventsOut, example=EVENTS)
def list_events(query: dict[str, Any]) -> Any:
    """Read the log from an offset.

    A reader that goes on from `next` misses nothing, however late a transaction commits. Types
    are `start_conversation`, `add_message`, `update_message`, `end_conversation`, and
    `subject.action` for the rest.
    """
    after = query["after"]
    with transaction() as session:
        found = events.read(session, after=after, limit=query["limit"], type_=query.get("type"))
    return {"items": found, "next": events.last_offset(events=found, after=after)}


@blueprint.operation(
    "GET",
    "/interactions/<uuid:interaction_id>/replay",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.arguments(ReplayQuery, location="query")
@blueprint.response(200, ReplayOut, example=REPLAY)
def replay_interaction(query: dict[str, Any], interaction_id: UUID) -> Any:
    """Show a conversation as it was at a moment."""
    until = _moment(query["at"]) if "at" in query else None
    with transaction() as session:
        interactions.get(session, principal=principal(), interaction_id=interaction_id)
        return replay.replay(session, interaction_id=interaction_id, until=until)


def _moment(text: str) -> datetime | EventOffset:
    offset = parse_offset(text)
    if offset is not None:
        return offset
    try:
        # A "+" of a zone that was not percent-encoded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(
            "the moment cannot be read",
            errors={"at": ["expected an ISO 8601 time with its zone, or an offset of the log"]},
        )
    return moment
