"""Preferences, in and out."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validates_schema

from app.api.schemas.fields import Id, In, Items, Out, words
from app.api.schemas.pages import PageQuery
from app.domain.preference import PairVerdict
from app.services.preferences import GivenPair

_MOST = 100
_OF_A_PAIR = ("chosen_response_id", "rejected_response_id", "verdict")


class PreferenceIn(In):
    """Which answers to a prompt are better: a ranking, or a comparison of two."""

    TIED: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {
                "required": [*said],
                "properties": {name: {"type": kind} for name, kind in said.items()},
            }
            for said in (
                {"ranking": "array"},
                {"rejected_response_id": "string", "verdict": "string"},
            )
        ]
    }

    prompt_id = Id(required=True)
    ranking = Items(
        Items(Id(), least=1, most=_MOST),
        least=1,
        most=_MOST,
        allow_none=True,
        metadata={"description": "Responses from best to worst, ties in one group."},
    )
    chosen_response_id = Id(
        allow_none=True,
        metadata={
            "description": "The better one; null where neither is and the prompt has but two."
        },
    )
    rejected_response_id = Id(allow_none=True, metadata={"description": "The other one."})
    verdict = fields.String(allow_none=True, validate=words(PairVerdict))

    @validates_schema
    def _is_one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        pair = [name for name in _OF_A_PAIR if data.get(name) is not None]
        if data.get("ranking") is not None:
            if pair:
                raise ValidationError({name: ["not beside a ranking"] for name in pair})
            _check_several(data["ranking"])
            return
        missing = [name for name in _OF_A_PAIR[1:] if name not in pair]
        if missing:
            raise ValidationError({name: ["expected it, or a ranking"] for name in missing})
        if data["verdict"] == PairVerdict.BETTER and data.get("chosen_response_id") is None:
            raise ValidationError({"chosen_response_id": ["expected the better one"]})

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data.get("ranking") is not None:
            return {"prompt_id": data["prompt_id"], "given": data["ranking"]}
        given = GivenPair(
            chosen=data.get("chosen_response_id"),
            rejected=data["rejected_response_id"],
            verdict=data["verdict"],
        )
        return {"prompt_id": data["prompt_id"], "given": given}


def _check_several(ranking: list[list[Any]]) -> None:
    number = sum(map(len, ranking))
    if not 2 <= number <= _MOST:
        raise ValidationError({"ranking": [f"expected 2 to {_MOST} answers, found {number}"]})


class PreferenceOut(Out):
    """What a person prefers."""

    id = fields.UUID(required=True)
    prompt_id = fields.UUID(required=True)
    interaction_id = fields.UUID(required=True)
    user_id = fields.String(required=True)
    ranking = fields.List(
        fields.List(fields.UUID()),
        required=True,
        metadata={"description": "Responses from best to worst, ties in one group."},
    )
    verdict = fields.String(
        required=True,
        allow_none=True,
        validate=words(PairVerdict),
        metadata={"description": "What a comparison of two came to; null for a ranking."},
    )
    created_at = fields.AwareDateTime(required=True)


class PreferencesQuery(PageQuery):
    """Which preferences."""

    prompt_id = Id()
