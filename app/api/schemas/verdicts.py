"""Where feedback stands and why, out."""

from marshmallow import fields

from app.api.schemas.fields import Out, words
from app.api.schemas.validation import DimensionVerdictOut
from app.domain.states import FeedbackStatus, VerdictWord

_HIDDEN = {"description": "null: hidden from the author, since it was judged blindly."}


class GivenVerdictOut(Out):
    """A verdict that was given."""

    id = fields.UUID(required=True)
    round = fields.Integer(required=True)
    validator_id = fields.String(required=True, allow_none=True, metadata=_HIDDEN)
    is_valid = fields.Boolean(required=True, allow_none=True)
    verdict = fields.String(required=True, validate=words(VerdictWord))
    notes = fields.String(required=True, allow_none=True)
    weight = fields.Integer(required=True)
    correction = fields.String(required=True, allow_none=True)
    dimension_verdicts = fields.List(fields.Nested(DimensionVerdictOut), required=True)
    feedback_version = fields.Integer(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class GivenDecisionOut(Out):
    """An admin's decision."""

    id = fields.UUID(required=True)
    round = fields.Integer(required=True)
    decided_by = fields.String(required=True, allow_none=True, metadata=_HIDDEN)
    is_valid = fields.Boolean(required=True)
    notes = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class GivenVerdictsOut(Out):
    """Where feedback stands and why: the rules of its round, the verdicts, the decisions."""

    feedback_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=words(FeedbackStatus))
    round = fields.Integer(required=True)
    validators = fields.Integer(
        required=True, metadata={"description": "How many verdicts decide the round."}
    )
    quorum = fields.Float(required=True)
    blind = fields.Boolean(required=True)
    refuted = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Dimensions whose rating counts no more."},
    )
    decisions = fields.List(
        fields.Nested(GivenDecisionOut),
        required=True,
        metadata={"description": "The last 100 by administrators, the last one first."},
    )
    items = fields.List(fields.Nested(GivenVerdictOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
