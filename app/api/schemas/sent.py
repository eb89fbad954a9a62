"""What was sent to a model, out."""

from marshmallow import fields

from app.api.schemas.fields import Out, words


class MemoryOut(Out):
    """How the messages were chosen."""

    tokens = fields.Integer(
        required=True, metadata={"description": "What the messages have, as counted by us."}
    )
    room_tokens = fields.Integer(
        required=True, metadata={"description": "What they were allowed, beside the answer."}
    )
    counted_by = fields.String(
        required=True, metadata={"description": "The model whose tokenizer it was, or `estimate`."}
    )
    is_estimate = fields.Boolean(required=True)
    dropped_turns = fields.Integer(
        required=True, metadata={"description": "Turns that were left out and nothing stands for."}
    )
    dropped_tokens = fields.Integer(required=True)


class SentContextOut(Out):
    """What went to the model for a response, by the query API or by the chat completion API."""

    response_id = fields.UUID(required=True)
    model_id = fields.String(required=True)
    kind = fields.String(required=True, validate=words(("query", "chat")))
    content = fields.String(required=True, allow_none=True)
    context = fields.String(required=True, allow_none=True)
    messages = fields.List(fields.Dict(), required=True, allow_none=True)
    template = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "By which the messages became one text; null: they went as such."},
    )
    text = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "That text; null where the model's template is another now."},
    )
    memory = fields.Nested(
        MemoryOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null where no memory was chosen from."},
    )
    parameters = fields.Dict(required=True)
