"""The problem document (RFC 9457)."""

from marshmallow import fields

from app.api.schemas.fields import Out


class ProblemOut(Out):
    """What every answer other than a success looks like; more members may name ids."""

    type = fields.String(required=True, metadata={"description": "`urn:problem:` and the code."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable and machine readable."})
    request_id = fields.String(required=True)
    prompt_id = fields.UUID(metadata={"description": "The prompt that is kept."})
    response_id = fields.UUID(metadata={"description": "The response that failed, on record."})
    feedback_id = fields.UUID(metadata={"description": "The feedback that is there already."})
    preference_id = fields.UUID(metadata={"description": "The preference that is there already."})
    validation_id = fields.UUID(metadata={"description": "The verdict that is there already."})
    version = fields.Integer(metadata={"description": "The current version."})
    needed = fields.String(metadata={"description": "The permission that is missing."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by the path of the field."},
    )
