"""People's data, out."""

from marshmallow import fields

from app.api.schemas.fields import Out


class ErasureOut(Out):
    """Which job erases somebody's data."""

    job_id = fields.UUID(required=True)
