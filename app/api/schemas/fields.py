"""Fields that are strict about types and say what they are in the OpenAPI document."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from app.domain.model_id import LONGEST_MODEL_ID, MODEL_ID_PATTERN, model_id_fault

# Dialects of regular expressions disagree on white space: with the controls and U+FEFF named
# beside it, Python reads this as ECMA 262 and the OpenAPI document's readers do.
_VISIBLE = re.compile(r"[^\s\u0000-\u001f\u0085\ufeff]")
# As the document says it: something visible, and no NUL, which the parser refuses anywhere.
TEXT_PATTERN = rf"^[^\u0000]*{_VISIBLE.pattern}[^\u0000]*$"
_NO_NUL = r"^[^\u0000]*$"
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
LONGEST_TEXT = 1_000_000
LONGEST_NOTE = 20_000
LONGEST_NAME = 200
_LARGEST_OBJECT = 65_536
_DEEPEST_OBJECT = 32
_LARGEST_NUMBER = 2**53


class In(Schema):
    """Base of what comes in: unknown fields are refused."""

    # Whether no body at all says the same as an empty object.
    MAY_BE_ABSENT: ClassVar[bool] = False

    class Meta:
        """Options of the schema."""

        unknown = RAISE


class Out(Schema):
    """Base of what goes out; the document leaves it open, since fields may be added."""

    class Meta:
        """Options of the schema."""

        unknown = EXCLUDE


class Form:
    """The rule that a string as a whole has the form of a pattern, which is documented."""

    def __init__(self, pattern: str, expected: str) -> None:
        self.regex = re.compile(pattern)
        self._expected = expected

    def __call__(self, value: str) -> None:
        """Raise ValidationError for another form."""
        if not self.regex.fullmatch(value):
            raise ValidationError(f"expected {self._expected}")


class Text(fields.String):
    """A string of a bounded length with something to see in it."""

    def __init__(self, longest: int = LONGEST_TEXT, **kwargs: Any) -> None:
        metadata = {"pattern": TEXT_PATTERN, **kwargs.pop("metadata", {})}
        rules = (validate.Length(min=1, max=longest), _has_something_visible)
        super().__init__(validate=rules, metadata=metadata, **kwargs)


def _has_something_visible(text: str) -> None:
    if text and not _VISIBLE.search(text):
        raise ValidationError("expected more than white space")


MODEL_ID: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_MODEL_ID,
    "pattern": MODEL_ID_PATTERN,
    "description": "A model's id, slashes and all; it does not end in `/export` or `/versions`.",
    "example": "google-bert/bert-base-uncased",
}


class Id(fields.UUID):
    """A UUID in the one form that it has on the wire; Python's own reader takes several."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise ValidationError("expected a UUID")
        return super()._deserialize(value, attr, data, **kwargs)


class ModelId(fields.String):
    """A model id, slashes and all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=MODEL_ID | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        fault = model_id_fault(text)
        if fault:
            raise ValidationError(fault)
        return text


class Flag(fields.Boolean):
    """true or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError("expected true or false")
        return value


class Number(fields.Float):
    """A finite JSON number within bounds; strings and booleans are none."""

    def __init__(
        self, least: float = -_LARGEST_NUMBER, most: float = _LARGEST_NUMBER, **kwargs: Any
    ) -> None:
        super().__init__(validate=[validate.Range(min=least, max=most)], **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("expected a number")
        return value


class Whole(fields.Integer):
    """A whole JSON number within bounds."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=[validate.Range(min=least, max=most)], **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("expected a whole number")
        return super()._deserialize(value, attr, data, **kwargs)


class QueryWhole(fields.Integer):
    """A whole number in a query: ASCII digits and nothing else."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Range(min=least, max=most)], **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not _DIGITS.fullmatch(value):
            raise ValidationError("expected a whole number in digits")
        return super()._deserialize(value, attr, data, **kwargs)


class QueryText(fields.String):
    """A string of a form, in a query."""

    def __init__(self, pattern: str, expected: str, **kwargs: Any) -> None:
        super().__init__(validate=[Form(pattern, expected)], **kwargs)


class FreeObject(fields.Dict):
    """A free-form JSON object, bounded in size and depth."""

    def __init__(self, *, about: str = "", **kwargs: Any) -> None:
        said = f"{about}At most {_LARGEST_OBJECT} bytes of JSON, {_DEEPEST_OBJECT} levels deep."
        metadata = {"additionalProperties": True, "description": said}
        super().__init__(keys=fields.String(), metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError("expected an object")
        if _depth(value) > _DEEPEST_OBJECT:
            raise ValidationError(f"expected at most {_DEEPEST_OBJECT} levels")
        if len(orjson.dumps(value)) > _LARGEST_OBJECT:
            raise ValidationError(f"expected at most {_LARGEST_OBJECT} bytes of JSON")
        return dict(value)


class Score(fields.Raw):
    """A number, a boolean or the name of a category; the dimension says which."""

    def __init__(self, **kwargs: Any) -> None:
        number = {"type": "number", "minimum": -_LARGEST_NUMBER, "maximum": _LARGEST_NUMBER}
        name = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": _NO_NUL}
        nullable = {"nullable": True} if kwargs.get("allow_none") else {}
        forms = [{**number, **nullable}, {"type": "boolean"}, name]
        metadata = {"oneOf": forms, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, str) and 0 < len(value) <= LONGEST_NAME:
            return value
        is_number = isinstance(value, int | float) and abs(value) <= _LARGEST_NUMBER
        if isinstance(value, bool) or is_number:
            return value
        raise ValidationError("expected a number, a boolean or the name of a category")


class Items(fields.List[Any]):
    """A list of a bounded length, which is checked before the items are."""

    def __init__(self, item: Any, *, most: int, least: int = 0, **kwargs: Any) -> None:
        super().__init__(item, validate=validate.Length(min=least or None, max=most), **kwargs)
        self._most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > self._most:
            raise ValidationError(f"expected at most {self._most} items, found {len(value)}")
        return super()._deserialize(value, attr, data, **kwargs)


class Part(fields.Nested):
    """A nested object whose values lie on the outer one."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        """Return the outer object itself."""
        del attr, accessor, default
        return obj


def _depth(value: Any) -> int:
    """Return how deep ``value`` is nested, without recursion."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        item, depth = todo.pop()
        deepest = max(deepest, depth)
        children = item.values() if isinstance(item, Mapping) else item
        if isinstance(item, Mapping | list):
            todo += [(child, depth + 1) for child in children]
    return deepest


def words(allowed: Any) -> validate.OneOf:
    """Return the rule that a string is one of ``allowed``."""
    return validate.OneOf([str(word) for word in allowed])
