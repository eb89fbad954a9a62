"""Dimensions, in and out."""

from typing import Any

from marshmallow import ValidationError, fields

from app.api.schemas.fields import (
    LONGEST_NAME,
    LONGEST_NOTE,
    Flag,
    Form,
    In,
    Items,
    ModelId,
    Number,
    Out,
    Text,
    words,
)
from app.domain.visible import UNSEEN


class Name(fields.String):
    """A dimension's name: visible, in one word, without slashes."""

    def __init__(self, **kwargs: Any) -> None:
        expected = "1 to 100 printable characters, no space and no slash"
        super().__init__(validate=Form(rf"^[^/{UNSEEN}]{{1,100}}$", expected), **kwargs)


class NumericScale(In):
    """Numbers from `min` to `max` (1 and 5 unless said) in steps of `step` (0: any between)."""

    type = fields.String(required=True, validate=words(("numeric",)))
    min = Number()
    max = Number()
    step = Number(least=0)


class BooleanScale(In):
    """Yes or no."""

    type = fields.String(required=True, validate=words(("boolean",)))


class CategoricalScale(In):
    """One of the named categories, listed from worst to best."""

    type = fields.String(required=True, validate=words(("categorical",)))
    categories = Items(
        Text(longest=LONGEST_NAME),
        least=2,
        most=100,
        required=True,
        metadata={"uniqueItems": True},
    )


_SCALES = {"numeric": NumericScale, "boolean": BooleanScale, "categorical": CategoricalScale}


class Scale(fields.Field[dict[str, Any]]):
    """The scores that are allowed, in the form that its type says."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"schemas": list(_SCALES.values())}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("expected an object")
        kind = value.get("type")
        schema = _SCALES.get(kind) if isinstance(kind, str) else None
        if schema is None:
            raise ValidationError({"type": [f"expected one of {', '.join(_SCALES)}"]})
        loaded: dict[str, Any] = schema().load(value)
        return loaded


class DimensionIn(In):
    """A dimension to make."""

    name = Name(required=True)
    description = Text(longest=LONGEST_NOTE, allow_none=True)
    model_id = ModelId()
    scale = Scale()
    required = Flag(metadata={"description": "Whether feedback with ratings must rate it."})
    weight = Number(
        least=0,
        most=1000,
        metadata={"description": "How much it counts among the dimensions; 1 unless said."},
    )


class DimensionChangesIn(In):
    """What to change of a dimension; a changed scale makes a new version."""

    name = Name()
    description = Text(longest=LONGEST_NOTE, allow_none=True)
    scale = Scale()
    required = Flag()
    weight = Number(least=0, most=1000)


class DimensionOut(Out):
    """A dimension."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    model_id = fields.String(required=True)
    scale = Scale(required=True)
    required = fields.Boolean(required=True)
    weight = fields.Float(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
