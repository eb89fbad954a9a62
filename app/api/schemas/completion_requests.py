"""Questions in OpenAI's form: checked where they are known, passed through where not."""

from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, pre_load, validate

from app.api.schemas.exchanges import Answers
from app.api.schemas.fields import (
    LONGEST_NAME,
    LONGEST_TEXT,
    Flag,
    FreeObject,
    Id,
    Items,
    ModelId,
    Number,
    Whole,
    words,
)
from app.domain.chat_completion import ROLES

_MOST_MESSAGES = 2000
_MOST_PARTS = 500
_MOST_STOPS = 16
_MOST_TOOLS = 128
# Readers of JSON in other languages keep such numbers as they are.
_LARGEST_SEED = 2**52


class Open(Schema):
    """Base of OpenAI's forms: what they do not name goes to the model as it is."""

    class Meta:
        """Options of the schema."""

        unknown = INCLUDE


def _short(**options: Any) -> fields.String:
    """Return a field for a name, which may be empty."""
    return fields.String(validate=validate.Length(max=LONGEST_NAME), **options)


def _long() -> fields.String:
    return fields.String(validate=validate.Length(max=LONGEST_TEXT))


class ContentPart(Open):
    """A part of a message: a text, an image's address, a file."""

    type = _short(required=True)
    text = _long()


class OneOf(fields.Field[Any]):
    """A value in one of several forms: by its kind, the field that reads it."""

    def __init__(self, **forms: fields.Field[Any]) -> None:
        super().__init__(metadata={"schemas": list(forms.values())}, allow_none=True)
        self._forms: dict[type, fields.Field[Any]] = {
            _KINDS[kind]: form for kind, form in forms.items()
        }
        self._expected = " or ".join(forms)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        form = self._forms.get(type(value))
        if form is None:
            raise ValidationError(f"expected one of: {self._expected}")
        return form.deserialize(value, attr, data, **kwargs)


_KINDS: dict[str, type] = {"text": str, "list": list, "object": dict}


class ChatMessage(Open):
    """A message of a conversation; the caller sends all of them, every time."""

    role = fields.String(required=True, validate=words(ROLES))
    content = OneOf(text=_long(), list=Items(fields.Nested(ContentPart), least=1, most=_MOST_PARTS))
    name = _short(allow_none=True)
    tool_call_id = _short(allow_none=True)
    tool_calls = Items(FreeObject(), most=_MOST_TOOLS, allow_none=True)


class StreamOptions(Open):
    """What a stream tells beside the answer."""

    include_usage = Flag(
        allow_none=True, metadata={"description": "One chunk more, with the tokens counted."}
    )


class CompletionMetadata(Open):
    """Free-form, bounded; it is kept."""

    interaction_id = Id(metadata={"description": "The conversation to go on with."})

    @pre_load
    def bounded(self, data: Any, **_: Any) -> Any:
        """Refuse what is larger or deeper than a free-form object may be."""
        return FreeObject().deserialize(data)


class ChatCompletionRequest(Open):
    """A question in OpenAI's form; fields that it does not name go to the model as they are."""

    model = ModelId(required=True)
    messages = Items(fields.Nested(ChatMessage), required=True, least=1, most=_MOST_MESSAGES)
    metadata = fields.Nested(CompletionMetadata, allow_none=True)
    stream = Flag(allow_none=True)
    stream_options = fields.Nested(StreamOptions, allow_none=True)
    n = Answers(allow_none=True)
    stop = OneOf(text=_short(), list=Items(_short(), most=_MOST_STOPS))
    max_tokens = Whole(1, 1_000_000, allow_none=True)
    max_completion_tokens = Whole(1, 1_000_000, allow_none=True)
    temperature = Number(least=0, most=100, allow_none=True)
    top_p = Number(least=0, most=1, allow_none=True)
    presence_penalty = Number(least=-100, most=100, allow_none=True)
    frequency_penalty = Number(least=-100, most=100, allow_none=True)
    seed = Whole(-_LARGEST_SEED, _LARGEST_SEED, allow_none=True)
    tools = Items(FreeObject(), most=_MOST_TOOLS, allow_none=True)
    tool_choice = OneOf(text=_short(), object=FreeObject())
    response_format = FreeObject(allow_none=True)
    user = _short(allow_none=True)
