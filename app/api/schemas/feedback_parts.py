"""Parts of feedback that have a form of their own: flags and spans."""

from typing import Any

from marshmallow import ValidationError, fields, post_load

from app.api.schemas.fields import LONGEST_NOTE, TEXT_PATTERN, In, Out, Text, Whole, words
from app.domain.flagging import Flag, FlagReason, ReasonedFlag
from app.services.spans import GivenSpan

_LONGEST_FLAG = 2000
_LONGEST_CONTENT = 2**31 - 1


class ReasonedFlagIn(In):
    """A flag with a reason that can be counted."""

    reason = fields.String(required=True, validate=words(FlagReason))
    note = Text(longest=_LONGEST_FLAG, allow_none=True)

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> ReasonedFlag:
        return ReasonedFlag(**data)


class ReasonedFlagOut(Out):
    """A flag with a reason."""

    reason = fields.String(required=True, validate=words(FlagReason))
    note = fields.String(required=True, allow_none=True)


class FlagField(fields.Field[Flag]):
    """Why this needs attention: a text, or a reason with a note."""

    def __init__(self, **kwargs: Any) -> None:
        text = {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST_FLAG,
            "pattern": TEXT_PATTERN,
            "nullable": True,
        }
        metadata = {"schemas": [text, ReasonedFlagIn], "description": "Why this needs attention."}
        super().__init__(metadata=metadata, allow_none=True, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Flag:
        if isinstance(value, dict):
            flag: ReasonedFlag = ReasonedFlagIn().load(value)
            return flag
        if not isinstance(value, str):
            raise ValidationError("expected a text or an object with a reason")
        text: str = Text(longest=_LONGEST_FLAG).deserialize(value)
        return text


class FlagOut(fields.Field[Flag]):
    """A flag as it was given: a text, or a reason with a note."""

    def __init__(self, **kwargs: Any) -> None:
        text = {"type": "string", "nullable": True}
        super().__init__(metadata={"schemas": [text, ReasonedFlagOut]}, allow_none=True, **kwargs)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, ReasonedFlag):
            return {"reason": value.reason, "note": value.note}
        return value


class SpanIn(In):
    """A part of the response's content; both ends count Unicode code points."""

    start = Whole(0, _LONGEST_CONTENT, required=True)
    end = Whole(
        1,
        _LONGEST_CONTENT,
        required=True,
        metadata={"description": "The first code point that is no longer in it."},
    )
    text = Text(required=True, metadata={"description": "What stands there, and nothing else."})
    dimension_id = Text(
        longest=100, allow_none=True, metadata={"description": "As to which dimension."}
    )
    note = Text(longest=LONGEST_NOTE, allow_none=True)

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> GivenSpan:
        return GivenSpan(dimension=data.pop("dimension_id", None), **data)


class SpanPlaceOut(Out):
    """Where a part of the response's content was pointed at."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    dimension_id = fields.UUID(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class SpanOut(SpanPlaceOut):
    """A part of the response's content; both ends count Unicode code points."""

    text = fields.String(required=True)
