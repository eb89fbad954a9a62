"""Verdicts and their statistics, in and out."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validates_schema

from app.api.schemas.fields import LONGEST_NOTE, Flag, Id, In, Out, Text, words
from app.domain.states import FeedbackStatus, VerdictWord
from app.services.validation import GivenVerdict

LEVELS = ("nominal", "ordinal", "interval")
REASONS = ("nothing_counts", "one_rater", "nothing_rated_twice", "nobody_differed")
_WORDS = {True: VerdictWord.VALID, False: VerdictWord.INVALID}


class VerdictIn(In):
    """A verdict on feedback: ``is_valid``, or in words; ``returned`` says why in ``notes``."""

    TIED: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"required": ["is_valid"], "not": {"required": ["verdict"]}},
            *(
                {
                    "required": ["verdict"],
                    "properties": {
                        "verdict": {"enum": [str(word)]},
                        "is_valid": {"enum": [is_valid]},
                    },
                }
                for is_valid, word in _WORDS.items()
            ),
            {
                "required": ["verdict", "notes"],
                "properties": {
                    "verdict": {"enum": [str(VerdictWord.RETURNED)]},
                    "notes": {"type": "string"},
                },
                "not": {"required": ["is_valid"]},
            },
        ]
    }

    is_valid = Flag()
    verdict = fields.String(validate=words(VerdictWord))
    notes = Text(longest=LONGEST_NOTE, allow_none=True)
    lease_token = Id(
        allow_none=True,
        metadata={"description": "The token of your lease; it is refused when that has ended."},
    )

    @validates_schema
    def _is_one(self, data: dict[str, Any], **_: Any) -> None:
        said = _WORDS[data["is_valid"]] if "is_valid" in data else None
        word = data.get("verdict", said)
        if not word:
            raise ValidationError("expected true or false, or a verdict in words", "is_valid")
        if said and said != word:
            raise ValidationError(f"expected it to agree with is_valid, found {word}", "verdict")
        if word == VerdictWord.RETURNED and not data.get("notes"):
            raise ValidationError("expected a reason for the author", "notes")

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> GivenVerdict:
        is_valid, word = data.pop("is_valid", None), data.pop("verdict", None)
        return GivenVerdict(word=_WORDS[is_valid] if word is None else VerdictWord(word), **data)


class VerdictOut(Out):
    """A stored verdict and what it led to."""

    id = fields.UUID(required=True, attribute="validation.id")
    feedback_id = fields.UUID(required=True, attribute="validation.feedback_id")
    validator_id = fields.String(required=True, attribute="validation.validator_id")
    is_valid = fields.Boolean(
        required=True,
        allow_none=True,
        attribute="validation.is_valid",
        metadata={"description": "null: it is returned to its author."},
    )
    verdict = fields.String(required=True, validate=words(VerdictWord), attribute="word")
    notes = fields.String(required=True, allow_none=True, attribute="validation.notes")
    weight = fields.Integer(
        required=True,
        attribute="validation.weight",
        metadata={"description": "How often it counts towards the quorum."},
    )
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
