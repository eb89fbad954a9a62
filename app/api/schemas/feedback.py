"""Feedback, in and out."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validates_schema

from app.api.schemas.feedback_parts import FlagField, FlagOut, SpanIn, SpanOut, SpanPlaceOut
from app.api.schemas.fields import LONGEST_NOTE, Flag, Id, In, Items, Out, Score, Text, words
from app.domain.states import FeedbackStatus, Rating
from app.services.fitting import GivenFeedback, GivenRating

_MOST_RATINGS = 50
_MOST_SPANS = 50
# A part that says something: what is null or an empty list is none.
_PARTS: dict[str, dict[str, Any]] = {
    "dimension_ratings": {"type": "array", "minItems": 1},
    "overall_comment": {"type": "string"},
    "rating": {"type": "string"},
    "correction": {"type": "string"},
    "flag": {"oneOf": [{"type": "string"}, {"type": "object"}]},
    "cannot_judge": {"type": "boolean", "enum": [True]},
    "spans": {"type": "array", "minItems": 1},
}


_SPANS = {
    "description": "Parts of the response's content, where it stands in `text` as said.",
}
_CANNOT_JUDGE = {"description": "Whether the person cannot judge it; then there is no score."}


class DimensionRatingIn(In):
    """A score on one dimension."""

    dimension_id = Text(
        longest=100,
        required=True,
        metadata={"description": "The id or the name (`accuracy`)."},
    )
    score = Score(
        required=True,
        allow_none=True,
        metadata={"description": "null where `cannot_judge` is true."},
    )
    justification = Text(longest=LONGEST_NOTE, allow_none=True)
    correct_response = Text(
        allow_none=True,
        metadata={"description": "What a good answer would have been, as to this dimension."},
    )
    cannot_judge = Flag(allow_none=True, metadata=_CANNOT_JUDGE)
    cannot_judge_reason = Text(longest=LONGEST_NOTE, allow_none=True)

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> GivenRating:
        return GivenRating(dimension=data.pop("dimension_id"), **data)


class FeedbackIn(In):
    """What a person thinks of a response; at least one part besides the response."""

    TIED: ClassVar[dict[str, Any]] = {
        "anyOf": [{"required": [part], "properties": {part: said}} for part, said in _PARTS.items()]
    }

    response_id = Id(required=True)
    dimension_ratings = Items(fields.Nested(DimensionRatingIn), most=_MOST_RATINGS)
    overall_comment = Text(longest=LONGEST_NOTE, allow_none=True)
    rating = fields.String(allow_none=True, validate=words(Rating))
    correction = Text(
        allow_none=True,
        metadata={"description": "What the answer should have been; training data has it instead."},
    )
    flag = FlagField()
    cannot_judge = Flag(allow_none=True, metadata=_CANNOT_JUDGE)
    cannot_judge_reason = Text(longest=LONGEST_NOTE, allow_none=True)
    spans = Items(fields.Nested(SpanIn), most=_MOST_SPANS, metadata=_SPANS)

    @validates_schema
    def _has_a_part(self, data: dict[str, Any], **_: Any) -> None:
        if not any(data.get(part) for part in _PARTS):
            raise ValidationError(f"expected at least one of {', '.join(_PARTS)}")

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        response_id = data.pop("response_id")
        ratings = data.pop("dimension_ratings", [])
        return {
            "response_id": response_id,
            "given": GivenFeedback(ratings=ratings, **data),
        }


class DimensionRatingChangeIn(DimensionRatingIn):
    """A score on one dimension instead of the one there was.

    A score of null takes that one away, or says with ``cannot_judge`` that there is none.
    """


class FeedbackChangesIn(In):
    """What to change; what is absent stays, and null takes a part away."""

    dimension_ratings = Items(
        fields.Nested(DimensionRatingChangeIn),
        most=_MOST_RATINGS,
        allow_none=True,
        metadata={"description": "Each replaces the rating of its dimension; others stay."},
    )
    overall_comment = Text(longest=LONGEST_NOTE, allow_none=True)
    rating = fields.String(allow_none=True, validate=words(Rating))
    correction = Text(allow_none=True)
    flag = FlagField()
    cannot_judge = Flag(allow_none=True, metadata=_CANNOT_JUDGE)
    cannot_judge_reason = Text(longest=LONGEST_NOTE, allow_none=True)
    spans = Items(fields.Nested(SpanIn), most=_MOST_SPANS, allow_none=True, metadata=_SPANS)


class DimensionRatingOut(Out):
    """A score on one dimension, on the version of the scale it was given on."""

    dimension_id = fields.UUID(required=True)
    dimension_name = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    score = Score(required=True, allow_none=True)
    justification = fields.String(required=True, allow_none=True)
    correct_response = fields.String(required=True, allow_none=True)
    cannot_judge = fields.Boolean(required=True)
    cannot_judge_reason = fields.String(required=True, allow_none=True)


class FeedbackProvenanceOut(Out):
    """Where imported feedback came from."""

    source = fields.String(required=True, metadata={"description": "The system."})
    external_ids = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "What it is called there, several where their records were put together;"
            " none as long as a blind round hides who gave it."
        },
    )
    given_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "null: the import did not say."}
    )
    imported_at = fields.AwareDateTime(required=True)


class FeedbackOut(Out):
    """One person's feedback for one response."""

    id = fields.UUID(required=True)
    response_id = fields.UUID(required=True)
    interaction_id = fields.UUID(required=True)
    user_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null: hidden from validators until a blind round is decided."},
    )
    status = fields.String(required=True, validate=words(FeedbackStatus))
    rating = fields.String(required=True, allow_none=True, validate=words(Rating))
    dimension_ratings = fields.List(fields.Nested(DimensionRatingOut), required=True)
    overall_comment = fields.String(required=True, allow_none=True)
    correction = fields.String(required=True, allow_none=True)
    flag = FlagOut(required=True)
    cannot_judge = fields.Boolean(required=True)
    cannot_judge_reason = fields.String(required=True, allow_none=True)
    spans = fields.List(fields.Nested(SpanOut), required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True)
    return_reason = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it came back."}
    )
    appeal = fields.String(
        required=True, allow_none=True, metadata={"description": "Why its author disagrees."}
    )
    provenance = fields.Nested(
        FeedbackProvenanceOut,
        required=True,
        allow_none=True,
        metadata={"description": "null: it was given here."},
    )


class PendingFeedbackOut(FeedbackOut):
    """Feedback that waits for a verdict, with why it stands where it stands."""

    priority = fields.Float(required=True)
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "What the priority is the sum of."},
    )


class ReplacedOut(Out):
    """The parts that a change replaced, as they were; the others stayed."""

    rating = fields.String(allow_none=True)
    dimension_ratings = fields.List(fields.Nested(DimensionRatingOut))
    overall_comment = fields.String(allow_none=True)
    correction = fields.String(allow_none=True)
    flag = FlagOut()
    cannot_judge = fields.Boolean()
    cannot_judge_reason = fields.String(allow_none=True)
    spans = fields.List(fields.Nested(SpanPlaceOut))


class FeedbackRevisionOut(Out):
    """What a change replaced, and which version it had stood in."""

    version = fields.Integer(required=True)
    replaced = fields.Nested(ReplacedOut, required=True)
    replaced_at = fields.AwareDateTime(required=True)
