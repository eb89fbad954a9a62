"""Verdicts and their statistics, in and out."""

from marshmallow import fields

from app.api.schemas.fields import LONGEST_NOTE, Flag, In, Out, Text, words
from app.domain.states import FeedbackStatus


class VerdictIn(In):
    """A verdict on feedback."""

    is_valid = Flag(required=True)
    notes = Text(longest=LONGEST_NOTE, allow_none=True)


class VerdictOut(Out):
    """A stored verdict and what it led to."""

    id = fields.UUID(required=True, attribute="validation.id")
    feedback_id = fields.UUID(required=True, attribute="validation.feedback_id")
    validator_id = fields.String(required=True, attribute="validation.validator_id")
    is_valid = fields.Boolean(required=True, attribute="validation.is_valid")
    notes = fields.String(required=True, allow_none=True, attribute="validation.notes")
    created_at = fields.AwareDateTime(required=True, attribute="validation.created_at")
    feedback_status = fields.String(required=True, validate=words(FeedbackStatus))
    dataset_entry_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The training example that came of it."},
    )


class ValidatorCountOut(Out):
    """How one validator has decided."""

    validator_id = fields.String(required=True)
    valid = fields.Integer(required=True)
    invalid = fields.Integer(required=True)


class AgreementOut(Out):
    """Krippendorff's alpha over the responses that several people rated."""

    krippendorff_alpha = fields.Float(required=True, allow_none=True, attribute="alpha")
    level = fields.String(required=True)
    items = fields.Integer(required=True)
    raters = fields.Integer(required=True)


class TimeToVerdictOut(Out):
    """Seconds from feedback to verdict."""

    verdicts = fields.Integer(required=True)
    mean = fields.Float(required=True, allow_none=True)
    median = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)


class ValidationStatsOut(Out):
    """Numbers about validation."""

    total = fields.Integer(required=True)
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_model = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
    )
    by_validator = fields.List(fields.Nested(ValidatorCountOut), required=True)
    time_to_verdict_seconds = fields.Nested(TimeToVerdictOut, required=True)
    agreement = fields.Dict(keys=fields.String(), values=fields.Nested(AgreementOut), required=True)
