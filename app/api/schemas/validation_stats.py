"""Numbers about validation, as they go out."""

from marshmallow import fields

from app.api.schemas.fields import Out, words

LEVELS = ("nominal", "ordinal", "interval")
REASONS = ("nothing_counts", "one_rater", "nothing_rated_twice", "nobody_differed")


class ValidatorCountOut(Out):
    """How one validator has decided."""

    validator_id = fields.String(required=True)
    valid = fields.Integer(required=True)
    invalid = fields.Integer(required=True)
    returned = fields.Integer(required=True)


class AgreementOut(Out):
    """Krippendorff's alpha over the responses that several people rated."""

    krippendorff_alpha = fields.Float(required=True, allow_none=True, attribute="alpha")
    reason = fields.String(
        required=True,
        allow_none=True,
        validate=words(REASONS),
        metadata={"description": "Why there is no alpha."},
    )
    level = fields.String(required=True, validate=words(LEVELS))
    items = fields.Integer(
        required=True, metadata={"description": "Responses that several people rated."}
    )
    ratings = fields.Integer(required=True, metadata={"description": "All that count."})
    raters = fields.Integer(required=True)
    carried = fields.Integer(
        required=True, metadata={"description": "Of the ratings, those from older scales."}
    )
    left_out = fields.Integer(
        required=True,
        metadata={"description": "Ratings on older scales from which no mapping leads here."},
    )


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
