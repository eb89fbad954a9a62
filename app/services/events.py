"""The event log: written in the transaction of the change, read by offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.domain.event_offset import EventOffset
from app.models import Event
from app.services.event_texts import with_texts
from app.utils.ids import new_id

# The four names of conversations that consumers know from seed form; others: subject.action.
START_CONVERSATION = "start_conversation"
ADD_MESSAGE = "add_message"
UPDATE_MESSAGE = "update_message"
END_CONVERSATION = "end_conversation"


# Written out: every change records one, and would build the same statement anew.
_RECORD = text(
    """
INSERT INTO events (id, type, subject, actor, interaction_id, data)
VALUES (:id, :type, :subject, :actor, :interaction_id, :data)
RETURNING id, sequence, time
"""
).bindparams(bindparam("data", type_=JSONB))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the log gave an event: its number in the order of the log, and its moment."""

    id: UUID
    sequence: int
    time: datetime


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as readers see it, its texts joined in."""

    offset: EventOffset
    id: UUID
    type: str
    version: int
    time: datetime
    subject: str
    actor: str | None
    data: dict[str, Any]


def record(
    session: Session,
    *,
    type_: str,
    subject: str,
    actor: str | None,
    data: dict[str, Any],
    interaction_id: UUID | None = None,
) -> Recorded:
    """Append one event to the log, in the caller's transaction."""
    values = {
        "id": new_id(),
        "type": type_,
        "subject": subject,
        "actor": actor,
        "interaction_id": interaction_id,
        "data": data,
    }
    row = session.execute(_RECORD, values).one()
    return Recorded(id=row.id, sequence=row.sequence, time=row.time)


def record_many(
    session: Session, *, told: Sequence[tuple[str, str, dict[str, Any]]], actor: str | None
) -> None:
    """Append events that stand in no conversation, of type, subject and data, by one statement."""
    if told:
        session.execute(
            insert(Event),
            [
                {"id": new_id(), "type": type_, "subject": subject, "actor": actor, "data": data}
                for type_, subject, data in told
            ],
        )


# Nothing at or above the oldest running transaction is shown yet: it could still be followed
# by an event with a lower offset. The order names the table: without it PostgreSQL would take
# the text of the same name, in which 1000 comes before 999.
_READ = """
SELECT CAST(e.transaction AS text) AS transaction, e.sequence, e.id, e.type, e.version, e.time,
       e.subject, e.actor, e.data
FROM events e
WHERE (e.transaction, e.sequence) > (CAST(CAST(:transaction AS text) AS xid8), :sequence)
  AND e.transaction < pg_snapshot_xmin(pg_current_snapshot())
  {condition}
ORDER BY e.transaction, e.sequence
LIMIT :limit
"""


def read(
    session: Session, *, after: EventOffset, limit: int, type_: str | None = None
) -> list[EventView]:
    """Return the events after ``after`` in the order of the log."""
    condition = "AND e.type = :type" if type_ else ""
    return _read(session, condition, after=after, limit=limit, type=type_)


def read_interaction(
    session: Session, *, interaction_id: UUID, after: EventOffset, limit: int
) -> list[EventView]:
    """Return the events of one conversation after ``after``."""
    condition = "AND e.interaction_id = :interaction_id"
    return _read(session, condition, after=after, limit=limit, interaction_id=interaction_id)


def _read(
    session: Session, condition: str, *, after: EventOffset, **values: Any
) -> list[EventView]:
    rows = session.execute(
        text(_READ.format(condition=condition)),
        {"transaction": str(after.transaction), "sequence": after.sequence, **values},
    ).all()
    data = with_texts(session, events=[(row.type, row.data) for row in rows])
    return [_view(row, joined) for row, joined in zip(rows, data, strict=True)]


def _view(row: Any, data: dict[str, Any]) -> EventView:
    return EventView(
        offset=EventOffset(int(row.transaction), row.sequence),
        id=row.id,
        type=row.type,
        version=row.version,
        time=row.time,
        subject=row.subject,
        actor=row.actor,
        data=data,
    )


def last_offset(*, events: Sequence[EventView], after: EventOffset) -> EventOffset:
    """Return the offset to go on from."""
    return events[-1].offset if events else after
