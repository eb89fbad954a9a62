"""What operators are told."""

from marshmallow import fields

from app.api.schemas.fields import Out


class ServiceOut(Out):
    """The service, the version of its interface, and paths to go on from."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    docs = fields.String(required=True)
    openapi = fields.String(required=True)
    health = fields.String(required=True)
    ready = fields.String(required=True)


class HealthOut(Out):
    """The process answers."""

    status = fields.String(required=True)


class ReadyOut(Out):
    """The state of what the service needs and uses."""

    status = fields.String(required=True)
    database = fields.String(required=True)
    redis = fields.String(required=True)
    model_service = fields.String(required=True)
