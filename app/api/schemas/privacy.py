"""Privacy policies, in and out."""

from typing import Any

from marshmallow import fields, post_load

from app.api.schemas.fields import In, Out, Whole, words
from app.domain.privacy import Pii, PrivacyRules

_LONGEST_DAYS = 36_500
_ABOUT = {
    "texts_days": "After so many days the texts of conversations that nobody gave feedback on go;"
    " null: never.",
    "raw_days": "After so many days what the model side sent and was sent goes; null: never.",
    "chunks_days": "After so many days the journals of streams go; null: never.",
}


def _days(name: str) -> Whole:
    return Whole(1, _LONGEST_DAYS, allow_none=True, metadata={"description": _ABOUT[name]})


class PrivacyPolicyIn(In):
    """What becomes of personal data; what is absent is as by default."""

    pii = fields.String(validate=words(Pii), metadata={"description": "`off` unless said."})
    texts_days = _days("texts_days")
    raw_days = _days("raw_days")
    chunks_days = _days("chunks_days")

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> PrivacyRules:
        return PrivacyRules(**{**data, "pii": Pii(data.get("pii", Pii.OFF))})


class PrivacyPolicyOut(Out):
    """What becomes of personal data of a model."""

    model_id = fields.String(required=True)
    said_for = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The model itself or `all`; null: these are the defaults."},
    )
    pii = fields.String(required=True, validate=words(Pii))
    texts_days = fields.Integer(required=True, allow_none=True)
    raw_days = fields.Integer(required=True, allow_none=True)
    chunks_days = fields.Integer(required=True, allow_none=True)
    reached = fields.Dict(
        required=True,
        metadata={"description": "Up to which moment `texts`, `raw` and `chunks` are gone."},
    )
    version = fields.Integer(
        required=True, metadata={"description": "0 where nothing was said for the model itself."}
    )
