"""Jobs, out."""

from marshmallow import fields

from app.api.schemas.fields import Out, Part, words
from app.domain.states import JobStatus


class ProgressOut(Out):
    """How far a job is; the total is null while it is not known."""

    done = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)


class JobOut(Out):
    """A piece of background work."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"description": "What is done."})
    user_id = fields.String(
        required=True, allow_none=True, metadata={"description": "For whom it is done."}
    )
    status = fields.String(required=True, validate=words(JobStatus))
    attempts = fields.Integer(
        required=True, metadata={"description": "How often it was begun; failing, it is retried."}
    )
    progress = Part(ProgressOut, required=True)
    error = fields.Dict(required=True, allow_none=True)
    result = fields.Dict(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
