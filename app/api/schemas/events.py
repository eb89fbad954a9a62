"""Events and replays, in and out."""

from typing import Any

from marshmallow import ValidationError, fields

from app.api.schemas.fields import In, Out, QueryText, QueryWhole
from app.domain.event_offset import OFFSET_PATTERN, START, parse_offset

_MOST = 1000


class Offset(fields.String):
    """A place in the log."""

    def __init__(self, **kwargs: Any) -> None:
        said = "A `next` of an earlier answer; it is opaque."
        super().__init__(metadata={"pattern": OFFSET_PATTERN, "description": said}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        offset = parse_offset(value)
        if offset is None:
            raise ValidationError("expected a `next` of an earlier answer")
        return offset


class EventsQuery(In):
    """From where in the log, and how much of it."""

    after = Offset(load_default=START)
    type = QueryText(
        r"^[A-Za-z0-9_.:-]{1,100}$",
        "the type of an event",
        metadata={"description": "Only events of this type.", "example": "feedback.submitted"},
    )
    limit = QueryWhole(1, _MOST, load_default=100)


class EventOut(Out):
    """One event."""

    offset = fields.String(
        required=True,
        metadata={"description": "The place in the log; opaque, and sorts as the log does."},
    )
    id = fields.UUID(required=True)
    type = fields.String(required=True)
    version = fields.Integer(required=True)
    time = fields.AwareDateTime(required=True)
    subject = fields.String(
        required=True, metadata={"description": "What it happened to, as `kind:id`."}
    )
    actor = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Who did it, null for the service itself."},
    )
    data = fields.Dict(required=True)


class EventsOut(Out):
    """Events in the order of the log, and where to go on."""

    items = fields.List(fields.Nested(EventOut), required=True)
    next = fields.String(required=True)


class ReplayQuery(In):
    """Up to which moment: an ISO 8601 time or an offset of the log."""

    at = QueryText(
        r"^[0-9A-Za-z:., +-]{1,64}$",
        "an ISO 8601 time with its zone, or an offset of the log",
        metadata={
            "description": "A moment in ISO 8601 with its zone, or an offset of the log.",
            "example": "2026-11-21T12:00:00Z",
        },
    )


class ReplayMessageOut(Out):
    """A message in the wire form of the log."""

    id = fields.String(required=True)
    conversation_id = fields.String(required=True)
    role = fields.String(required=True)
    content = fields.String(required=True)
    rating = fields.String(required=True)
    feedback = fields.String(required=True)
    timestamp = fields.String(required=True)


class ReplayOut(Out):
    """A conversation as it was."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, allow_none=True)
    model = fields.Dict(required=True, allow_none=True)
    messages = fields.List(fields.Nested(ReplayMessageOut), required=True)
    last = fields.String(required=True, metadata={"description": "The last event taken in."})
