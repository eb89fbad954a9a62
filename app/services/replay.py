"""Replay: a conversation as it was at a moment, rebuilt from the event log alone."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.event_offset import START, EventOffset
from app.domain.states import InteractionStatus
from app.services import events
from app.services.events import EventView

_BATCH = 500


@dataclass(slots=True)
class ReplayedConversation:
    """What the log says of a conversation up to a moment."""

    id: UUID
    status: str | None = None
    model: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    last: EventOffset = START


def replay(
    session: Session,
    *,
    interaction_id: UUID,
    until: datetime | EventOffset | None = None,
) -> ReplayedConversation:
    """Return the conversation at ``until`` (a time or an offset, both included; None: now)."""
    conversation = ReplayedConversation(id=interaction_id)
    places: dict[str, dict[str, Any]] = {}
    while batch := events.read_interaction(
        session, interaction_id=interaction_id, after=conversation.last, limit=_BATCH
    ):
        for event in batch:
            if _is_after(event, until):
                return conversation
            _apply(conversation, places, event)
            conversation.last = event.offset
    return conversation


def _is_after(event: EventView, until: datetime | EventOffset | None) -> bool:
    if until is None:
        return False
    return event.time > until if isinstance(until, datetime) else event.offset > until


def _apply(
    conversation: ReplayedConversation,
    places: dict[str, dict[str, Any]],
    event: EventView,
) -> None:
    data = event.data
    if event.type == events.START_CONVERSATION:
        conversation.status = InteractionStatus.ACTIVE
        conversation.model = data["model"]
    elif event.type == events.ADD_MESSAGE:
        places[data["id"]] = dict(data)
        conversation.messages.append(places[data["id"]])
    elif event.type == events.UPDATE_MESSAGE:
        _update(places.get(data["id"]), data)
    elif event.type == events.END_CONVERSATION:
        conversation.status = data.get("status", InteractionStatus.COMPLETED)


def _update(message: dict[str, Any] | None, data: dict[str, Any]) -> None:
    for name in ("rating", "feedback"):
        if message is not None and data.get(name):
            message[name] = data[name]
