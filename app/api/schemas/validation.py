"""Verdicts, in and out."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validates_schema

from app.api.schemas.fields import (
    LONGEST_NOTE,
    Flag,
    Id,
    In,
    Items,
    Out,
    Score,
    Text,
    Whole,
    words,
)
from app.domain.states import FeedbackStatus, VerdictWord
from app.services.dimension_verdicts import GivenDimensionVerdict
from app.services.validation import GivenVerdict

_MOST_DIMENSIONS = 50
_LAST_VERSION = 2**31 - 1


class DimensionVerdictIn(In):
    """Whether the rating of one dimension is right, and what it should have been."""

    TIED: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"properties": {"is_valid": {"enum": [False]}}},
            {"not": {"required": ["correct_score"]}},
            {"properties": {"correct_score": {"enum": [None], "nullable": True}}},
        ]
    }

    dimension_id = Text(
        longest=100,
        required=True,
        metadata={"description": "The id or the name of a dimension that the feedback rates."},
    )
    is_valid = Flag(required=True)
    notes = Text(longest=LONGEST_NOTE, allow_none=True)
    correct_score = Score(
        allow_none=True,
        metadata={"description": "On the scale of the rating; beside `is_valid: false` only."},
    )

    @validates_schema
    def _corrects_what_is_wrong(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("correct_score") is not None and data.get("is_valid", True):
            raise ValidationError("expected is_valid to be false beside it", "correct_score")

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> GivenDimensionVerdict:
        return GivenDimensionVerdict(dimension=data.pop("dimension_id"), **data)


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
                        "is_valid": {"enum": [word.is_valid]},
                    },
                }
                for word in (VerdictWord.VALID, VerdictWord.INVALID)
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
    correction = Text(
        allow_none=True,
        metadata={"description": "What the whole answer should have been, as you see it."},
    )
    dimension_verdicts = Items(
        fields.Nested(DimensionVerdictIn),
        most=_MOST_DIMENSIONS,
        metadata={"description": "On single ratings; each dimension once, and rated."},
    )
    lease_token = Id(
        allow_none=True,
        metadata={"description": "The token of your lease; it is refused when that has ended."},
    )
    feedback_version = Whole(
        1,
        _LAST_VERSION,
        allow_none=True,
        metadata={"description": "The version you have seen; else the one your lease came with."},
    )

    @validates_schema
    def _is_one(self, data: dict[str, Any], **_: Any) -> None:
        said = VerdictWord.of(is_valid=data["is_valid"]) if "is_valid" in data else None
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
        said = VerdictWord.of(is_valid=is_valid) if word is None else VerdictWord(word)
        return GivenVerdict(word=said, **data)


class DimensionVerdictOut(Out):
    """What a verdict says of the rating of one dimension."""

    dimension_id = fields.UUID(required=True)
    dimension_name = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    is_valid = fields.Boolean(required=True)
    notes = fields.String(required=True, allow_none=True)
    correct_score = Score(required=True, allow_none=True)


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
    correction = fields.String(required=True, allow_none=True, attribute="validation.correction")
    dimension_verdicts = fields.List(fields.Nested(DimensionVerdictOut), required=True)
    feedback_version = fields.Integer(
        required=True,
        allow_none=True,
        attribute="validation.feedback_version",
        metadata={"description": "The version of the feedback that it is about."},
    )
    created_at = fields.AwareDateTime(required=True, attribute="validation.created_at")
    feedback_status = fields.String(required=True, validate=words(FeedbackStatus))
    dataset_entry_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The training example that came of it."},
    )
