"""What was sent to a model, out."""

from marshmallow import fields

from app.api.schemas.fields import Out, words


class SentContextOut(Out):
    """What went to the model for a response, by the query API or by the chat completion API."""

    response_id = fields.UUID(required=True)
    model_id = fields.String(required=True)
    kind = fields.String(required=True, validate=words(("query", "chat")))
    content = fields.String(required=True, allow_none=True)
    context = fields.String(required=True, allow_none=True)
    messages = fields.List(fields.Dict(), required=True, allow_none=True)
    parameters = fields.Dict(required=True)
