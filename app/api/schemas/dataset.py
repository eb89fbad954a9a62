"""Dataset entries, in and out."""

from marshmallow import fields

from app.api.schemas.fields import Out, Score

_CORRECTED = (
    "The verdict that corrects the answer; it is the `response` where the author corrected nothing."
)


class ContextMessageOut(Out):
    """A message that came before the prompt."""

    role = fields.String(required=True)
    content = fields.String(required=True)


class SourceOut(Out):
    """Where an entry comes from."""

    type = fields.String(required=True)
    feedback_id = fields.UUID(required=True)
    response_id = fields.UUID(required=True)
    interaction_id = fields.UUID(required=True)


class EntryOut(Out):
    """A training example; ``response`` is the correction where there is one."""

    id = fields.UUID(required=True)
    model_id = fields.String(required=True)
    prompt = fields.String(required=True)
    response = fields.String(
        required=True,
        metadata={"description": "The author's correction, else a validator's, else the answer."},
    )
    original_response = fields.String(
        required=True, metadata={"description": "What the model said."}
    )
    context = fields.List(fields.Nested(ContextMessageOut), required=True)
    quality_ratings = fields.Dict(keys=fields.String(), values=Score(), required=True)
    source = fields.Nested(SourceOut, required=True)
    created_at = fields.AwareDateTime(required=True)


class ProvenanceDimensionVerdictOut(Out):
    """What a verdict says of the rating of one dimension."""

    dimension = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    is_valid = fields.Boolean(required=True)
    notes = fields.String(required=True, allow_none=True)
    correct_score = Score(required=True, allow_none=True)


class ProvenanceVerdictOut(Out):
    """A verdict that the entry rests on."""

    id = fields.UUID(required=True)
    validator_id = fields.String(required=True)
    is_valid = fields.Boolean(required=True, allow_none=True)
    notes = fields.String(required=True, allow_none=True)
    correction = fields.String(required=True, allow_none=True)
    dimension_verdicts = fields.List(fields.Nested(ProvenanceDimensionVerdictOut), required=True)
    created_at = fields.String(required=True)


class ProvenanceDecisionOut(Out):
    """An admin's decision that the entry rests on."""

    id = fields.UUID(required=True)
    decided_by = fields.String(required=True)
    is_valid = fields.Boolean(required=True)
    notes = fields.String(required=True)
    created_at = fields.String(required=True)


class ProvenanceRatingOut(Out):
    """A rating that the entry rests on."""

    dimension = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    score = Score(required=True, allow_none=True)
    justification = fields.String(required=True, allow_none=True)
    correct_response = fields.String(required=True, allow_none=True)
    refuted = fields.Boolean(
        required=True,
        metadata={"description": "Whether verdicts were against it; then it counts no more."},
    )


class AnyRatingOut(Out):
    """A rating of the entry's answer, whoever gave it."""

    rater = fields.String(required=True)
    feedback_id = fields.UUID(required=True)
    dimension = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    score = Score(required=True)
    place = fields.Float(
        required=True,
        metadata={"description": "Where it lies on its scale: 0 the lowest, 1 the highest."},
    )
    justification = fields.String(required=True, allow_none=True)


class AggregateOut(Out):
    """What all scores of an answer on a dimension come to."""

    dimension = fields.String(required=True)
    mean = fields.Float(required=True, metadata={"description": "The mean place, from 0 to 1."})
    raters = fields.Integer(required=True)
    agreement = fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "1 less twice the standard deviation of the places: 1 all say the "
            "same, 0 half the lowest and half the highest; null with one rater."
        },
    )


class ProvenanceOut(Out):
    """Who said, rated and judged what an entry is made of."""

    author = fields.String(required=True)
    owner = fields.String(required=True)
    prompt_id = fields.UUID(required=True)
    validation_id = fields.UUID(required=True, allow_none=True)
    correction_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": _CORRECTED},
    )
    withdrawn_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Since when it is in no list or export; null: it counts."},
    )
    feedback_status = fields.String(required=True)
    feedback_at = fields.AwareDateTime(required=True)
    model_version = fields.String(required=True, allow_none=True)
    endpoint_name = fields.String(required=True, allow_none=True)
    provider = fields.String(required=True, allow_none=True)
    ratings = fields.List(fields.Nested(ProvenanceRatingOut), required=True)
    all_ratings = fields.List(
        fields.Nested(AnyRatingOut),
        required=True,
        metadata={"description": "Of all validated feedback on the answer."},
    )
    aggregates = fields.List(fields.Nested(AggregateOut), required=True)
    likes = fields.Integer(required=True)
    dislikes = fields.Integer(required=True)
    raters = fields.Integer(required=True)
    agreement = fields.Float(required=True, allow_none=True)
    validations = fields.List(fields.Nested(ProvenanceVerdictOut), required=True)
    decisions = fields.List(fields.Nested(ProvenanceDecisionOut), required=True)


class EntryWithProvenanceOut(EntryOut):
    """A training example and what it comes from."""

    provenance = fields.Nested(ProvenanceOut, required=True)


class ModelCountOut(Out):
    """How much there is for one model."""

    model_id = fields.String(required=True)
    entries = fields.Integer(required=True)
    corrections = fields.Integer(required=True)
    first_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)


class DatasetStatsOut(Out):
    """How much there is in all."""

    total_entries = fields.Integer(required=True)
    total_corrections = fields.Integer(required=True)
    models = fields.List(fields.Nested(ModelCountOut), required=True)
