"""Messages that are answered in the background, in and out."""

from typing import Any

from marshmallow import fields, post_load

from app.api.schemas.exchanges import LONGEST_PROMPT, ParametersIn, ResponseOut, Stream
from app.api.schemas.fields import In, Out, Text, words


class SentMessageIn(In):
    """Something said to a model, to be answered in the background."""

    role = fields.String(
        validate=words(("user", "human", "Human")),
        metadata={"description": "Whose message it is: the user's, by this name or an older one."},
    )
    content = Text(longest=LONGEST_PROMPT, required=True)
    system_prompt = Text(allow_none=True)
    parameters = fields.Nested(ParametersIn)
    stream = Stream()

    @post_load
    def _one_role(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data.pop("role", None)
        return data


class MessageOut(Out):
    """A message of a conversation."""

    id = fields.UUID(required=True)
    interaction_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=words(("user", "assistant")))
    content = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(
        required=True, metadata={"description": "When its text was there, in full."}
    )


class AcceptedMessageOut(Out):
    """A stored message, and where its answer will be."""

    message = fields.Nested(MessageOut, required=True)
    response_id = fields.UUID(required=True)
    job_id = fields.UUID(
        required=True, metadata={"description": "The work in the background: `GET /jobs/{id}`."}
    )
    response = fields.Nested(ResponseOut, required=True)
