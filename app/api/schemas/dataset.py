"""Dataset entries, in and out."""

from marshmallow import fields

from app.api.schemas.fields import In, Out, Score, words

_CORRECTED = (
    "The verdict that corrects the answer; it is the `response` where the author corrected nothing."
)
FORMATS = ("json", "jsonl", "csv")


class ExportQuery(In):
    """In which form the entries are wanted."""

    format = fields.String(load_default="json", validate=words(FORMATS))


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
