"""Prompts, chat messages and responses, in and out."""

from typing import Any

from marshmallow import ValidationError, fields, post_dump

from app.api.schemas.fields import (
    TEXT_PATTERN,
    Flag,
    In,
    ModelId,
    Number,
    Out,
    Part,
    Text,
    Whole,
    words,
)
from app.domain.states import ResponseStatus

LONGEST_PROMPT = 500_000
_MOST_ANSWERS = 8


class ParametersIn(In):
    """How the model is to generate; what is absent is the model's default."""

    max_new_tokens = Whole(1, 100_000)
    max_length = Whole(1, 1_000_000)
    temperature = Number(least=0, most=100)
    top_k = Whole(0, 1_000_000)
    top_p = Number(least=0, most=1)
    repetition_penalty = Number(least=0, most=100)


class Stream(Flag):
    """Whether the answer is to come as events."""

    def __init__(self) -> None:
        said = "Answer by server-sent events; without it the Accept header decides."
        super().__init__(metadata={"description": said})


class Answers(Whole):
    """How many answers are wanted."""

    def __init__(self, **kwargs: Any) -> None:
        said = "So many answers at once."
        super().__init__(1, _MOST_ANSWERS, metadata={"description": said}, **kwargs)


class PromptIn(In):
    """A single question, asked without the conversation's memory."""

    content = Text(longest=LONGEST_PROMPT, required=True)
    context = Text(
        longest=LONGEST_PROMPT,
        allow_none=True,
        metadata={"description": "What the question is about, beside it; some models need one."},
    )
    parameters = fields.Nested(ParametersIn)
    stream = Stream()
    n = Answers()


class MessageIn(In):
    """A chat message in the OpenAI form."""

    role = fields.String(required=True, validate=words(("user",)))
    content = Text(longest=LONGEST_PROMPT, required=True)


class ChatMessage(fields.Field[str]):
    """A message as text or as {role, content}."""

    def __init__(self, **kwargs: Any) -> None:
        text = {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_PROMPT,
            "pattern": TEXT_PATTERN,
        }
        super().__init__(metadata={"schemas": [text, MessageIn]}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str | dict):
            raise ValidationError("expected a text or an object with role and content")
        whole = {"role": "user", "content": value} if isinstance(value, str) else value
        content: str = MessageIn().load(whole)["content"]
        return content


class ChatIn(In):
    """A message to a conversation that the model remembers."""

    message = ChatMessage(required=True)
    system_prompt = Text(allow_none=True)
    parameters = fields.Nested(ParametersIn)
    stream = Stream()
    n = Answers()


class VariantIn(In):
    """How another answer to a prompt is to be made; what is absent is as the first time."""

    MAY_BE_ABSENT = True

    model_id = ModelId()
    parameters = fields.Nested(ParametersIn)
    stream = Stream()


class ChoiceIn(In):
    """Which answer the conversation goes on with."""

    response_id = fields.UUID(required=True, allow_none=True)


class PromptOut(Out):
    """A stored prompt."""

    id = fields.UUID(required=True)
    interaction_id = fields.UUID(required=True)
    sequence = fields.Integer(
        required=True, metadata={"description": "The place in the conversation, from 1."}
    )
    content = fields.String(required=True)
    context = fields.String(required=True, allow_none=True)
    parameters = fields.Dict(required=True)
    chosen_response_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The answer that was chosen among several."},
    )
    created_at = fields.AwareDateTime(required=True)


class UsageOut(Out):
    """Tokens, where the model side counted them."""

    prompt_tokens = fields.Integer(required=True, allow_none=True)
    completion_tokens = fields.Integer(required=True, allow_none=True)


class ResponseErrorOut(Out):
    """Why there is no answer."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class ResponseOut(Out):
    """A stored response."""

    id = fields.UUID(required=True)
    prompt_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=words(ResponseStatus))
    content = fields.String(
        required=True, allow_none=True, metadata={"description": "Null while there is no answer."}
    )
    model_id = fields.String(required=True)
    model_version = fields.String(required=True, allow_none=True)
    endpoint_name = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Which endpoint of the model side answered."},
    )
    provider = fields.String(required=True, allow_none=True)
    finish_reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the model stopped, as the model side says it."},
    )
    usage = Part(UsageOut, required=True)
    latency_ms = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "From the call to the whole answer."},
    )
    first_token_ms = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "From the call to the first token, where it was streamed."},
    )
    error = fields.Nested(ResponseErrorOut, required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    completed_at = fields.AwareDateTime(required=True, allow_none=True)


class ExchangeOut(Out):
    """A prompt and the response to it."""

    prompt = fields.Nested(PromptOut, required=True)
    response = fields.Nested(ResponseOut, required=True)
    responses = fields.List(
        fields.Nested(ResponseOut),
        metadata={"description": "All of them, where several answers were asked for."},
    )

    @post_dump
    def without_repetition(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave the list out where there is one answer."""
        if len(data.get("responses", ())) == 1:
            del data["responses"]
        return data
