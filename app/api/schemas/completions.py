"""Chat completions, models and errors as they go out, in OpenAI's forms."""

from marshmallow import fields

from app.api.schemas.completion_requests import Open
from app.api.schemas.fields import Out, words


class CompletionMessageOut(Open):
    """What the assistant said; what else the model's server told of it is there, too."""

    role = fields.String(required=True)
    content = fields.String(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    tool_calls = fields.List(fields.Dict(), metadata={"description": "Tools to be called."})


class ChoiceOut(Out):
    """One answer, and the id that feedback on it names."""

    index = fields.Integer(required=True)
    message = fields.Nested(CompletionMessageOut, required=True)
    finish_reason = fields.String(required=True)
    logprobs = fields.Dict(required=True, allow_none=True)
    response_id = fields.UUID(required=True)


class CompletionUsageOut(Out):
    """Tokens, of all answers together."""

    prompt_tokens = fields.Integer(required=True)
    completion_tokens = fields.Integer(required=True)
    total_tokens = fields.Integer(required=True)


class ChatCompletionOut(Out):
    """Answers in OpenAI's form, with the conversation that they are recorded in."""

    id = fields.String(
        required=True, metadata={"description": "`chatcmpl-` and the first response's id."}
    )
    object = fields.String(required=True, validate=words(("chat.completion",)))
    created = fields.Integer(required=True, metadata={"description": "In seconds since 1970."})
    model = fields.String(required=True)
    interaction_id = fields.UUID(required=True)
    choices = fields.List(fields.Nested(ChoiceOut), required=True)
    usage = fields.Nested(
        CompletionUsageOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null where the model side counted nothing."},
    )


class OpenAIModelOut(Out):
    """A model in OpenAI's form."""

    id = fields.String(required=True)
    object = fields.String(required=True, validate=words(("model",)))
    created = fields.Integer(required=True)
    owned_by = fields.String(required=True)


class OpenAIModelsOut(Out):
    """All models that are enabled."""

    object = fields.String(required=True, validate=words(("list",)))
    data = fields.List(fields.Nested(OpenAIModelOut), required=True)


class OpenAIErrorDetailOut(Out):
    """What went wrong."""

    message = fields.String(required=True)
    type = fields.String(required=True)
    param = fields.String(
        required=True, allow_none=True, metadata={"description": "The first field at fault."}
    )
    code = fields.String(required=True, metadata={"description": "Stable and machine readable."})
    request_id = fields.String(required=True)
    interaction_id = fields.UUID(metadata={"description": "The conversation it happened in."})
    prompt_id = fields.UUID(metadata={"description": "The prompt that is kept."})
    response_id = fields.UUID(metadata={"description": "The response that failed, on record."})
    needed = fields.String(metadata={"description": "The permission that is missing."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by the path of the field."},
    )


class OpenAIErrorOut(Out):
    """What every answer under `/v1` other than a success looks like."""

    error = fields.Nested(OpenAIErrorDetailOut, required=True)
