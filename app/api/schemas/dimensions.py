"""Dimensions, in and out."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load

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
    Score,
    Text,
    Whole,
    words,
)
from app.api.schemas.pages import PageQuery
from app.domain.visible import UNSEEN

_MOST_SCORES = 1000
_MOST_ANCHORS = 100
_MOST_ORDER = 1_000_000
_ORDER = {"description": "The place among the dimensions, lowest first; the last unless said."}
_GUIDANCE = {"description": "How to rate on it."}
_ANCHORS = {"description": "What single scores mean."}
_OVERRIDES = {
    "description": (
        "The dimension for `all` with the same name, where there is one: for this model the name, "
        "and being required, then mean this one. By its id the other can still be rated."
    )
}


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


_SCALES: dict[str, type[In]] = {
    "numeric": NumericScale,
    "boolean": BooleanScale,
    "categorical": CategoricalScale,
}


class OneOfTypes(fields.Field[dict[str, Any]]):
    """An object in the form that its ``type`` says."""

    FORMS: ClassVar[dict[str, type[In]]]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"schemas": list(self.FORMS.values())}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("expected an object")
        kind = value.get("type")
        schema = self.FORMS.get(kind) if isinstance(kind, str) else None
        if schema is None:
            raise ValidationError({"type": [f"expected one of {', '.join(self.FORMS)}"]})
        loaded: dict[str, Any] = schema().load(value)
        return loaded


class Scale(OneOfTypes):
    """The scores that are allowed, in the form that its type says."""

    FORMS: ClassVar[dict[str, type[In]]] = _SCALES


class AnchorIn(In):
    """What one score means."""

    score = Score(required=True)
    text = Text(longest=LONGEST_NOTE, required=True)


class LinearMappingIn(In):
    """Old scores keep where they lie between the lowest and the highest."""

    type = fields.String(required=True, validate=words(("linear",)))


class MappedScoreIn(In):
    """What one old score is on the new scale."""

    old = Score(required=True, data_key="from")
    new = Score(required=True, data_key="to")

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"from": data["old"], "to": data["new"]}


class TableMappingIn(In):
    """Each old score has its own on the new scale."""

    type = fields.String(required=True, validate=words(("table",)))
    table = Items(fields.Nested(MappedScoreIn), least=1, most=_MOST_SCORES, required=True)


_MAPPINGS: dict[str, type[In]] = {"linear": LinearMappingIn, "table": TableMappingIn}


class Mapping(OneOfTypes):
    """How scores on the scale before carry over to this one."""

    FORMS: ClassVar[dict[str, type[In]]] = _MAPPINGS


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
    order = Whole(0, _MOST_ORDER, metadata=_ORDER)
    guidance = Text(longest=LONGEST_NOTE, allow_none=True, metadata=_GUIDANCE)
    anchors = Items(fields.Nested(AnchorIn), most=_MOST_ANCHORS, metadata=_ANCHORS)


class DimensionChangesIn(In):
    """What to change of a dimension; a changed scale makes a new version."""

    name = Name()
    description = Text(longest=LONGEST_NOTE, allow_none=True)
    scale = Scale()
    mapping = Mapping()
    required = Flag()
    weight = Number(least=0, most=1000)
    order = Whole(0, _MOST_ORDER, metadata=_ORDER)
    guidance = Text(longest=LONGEST_NOTE, allow_none=True, metadata=_GUIDANCE)
    anchors = Items(fields.Nested(AnchorIn), most=_MOST_ANCHORS, metadata=_ANCHORS)


class AnchorOut(Out):
    """What one score means."""

    score = Score(required=True)
    text = fields.String(required=True)


class DimensionOut(Out):
    """A dimension."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    model_id = fields.String(required=True)
    scale = Scale(required=True)
    required = fields.Boolean(required=True)
    weight = fields.Float(required=True)
    order = fields.Integer(required=True, attribute="position")
    guidance = fields.String(required=True, allow_none=True)
    anchors = fields.List(fields.Nested(AnchorOut), required=True)
    archived_at = fields.AwareDateTime(required=True, allow_none=True)
    overrides = fields.UUID(required=True, allow_none=True, metadata=_OVERRIDES)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class DimensionVersionOut(Out):
    """A scale as it was or is, and how scores of the one before carry over to it."""

    version = fields.Integer(required=True)
    scale = Scale(required=True)
    mapping = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "null where nobody has said."},
    )
    created_at = fields.AwareDateTime(required=True)


class DimensionsQuery(PageQuery):
    """Which dimensions of a model."""

    archived = fields.String(
        validate=words(("true", "false")),
        metadata={"description": "The archived ones instead of those in use."},
    )
