"""Gold items, in and out."""

from marshmallow import fields

from app.api.schemas.fields import LONGEST_NOTE, Flag, In, Out, Text, words
from app.services.gold_items import GoldState


class GoldIn(In):
    """What the right verdict is, and why."""

    is_valid = Flag(required=True)
    notes = Text(longest=LONGEST_NOTE, allow_none=True)


class GoldOut(Out):
    """A gold item; what validators said of it is counted, `returned` is neither right nor wrong."""

    feedback_id = fields.UUID(required=True)
    model_id = fields.String(required=True)
    is_valid = fields.Boolean(required=True)
    notes = fields.String(required=True, allow_none=True)
    marked_by = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=words(GoldState),
        metadata={
            "description": "`stale`: its author has changed or withdrawn it since, so it is dealt"
            " to nobody until it is marked again."
        },
    )
    answers = fields.Integer(required=True)
    right = fields.Integer(required=True)
    wrong = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
