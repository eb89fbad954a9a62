"""What deserves attention, and what the order by it gains, in and out."""

from marshmallow import fields

from app.api.schemas.exchanges import ResponseOut
from app.api.schemas.fields import In, ModelId, Out, words
from app.api.schemas.pages import PageQuery
from app.domain.states import GainWord, HandoutWay

_SHARE = "The part of the verdicts that were useful; null while there is none."


class WantedQuery(PageQuery):
    """Which answers."""

    model_id = ModelId()


class WantedOut(Out):
    """An answer that you have not rated, and why you might."""

    response = fields.Nested(ResponseOut, required=True)
    interaction_id = fields.UUID(required=True)
    raters = fields.Integer(
        required=True, metadata={"description": "How many rated it; 100 means at least that."}
    )
    priority = fields.Float(required=True)
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "What the priority is the sum of."},
    )


class PriorityQuery(In):
    """On which model; on all unless said."""

    model_id = ModelId()


class WayOut(Out):
    """What came of the newest work that was handed out in one way."""

    way = fields.String(required=True, validate=words(HandoutWay))
    handed_out = fields.Integer(required=True)
    verdicts = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    corrections = fields.Integer(
        required=True, metadata={"description": "Valid feedback that holds a correction."}
    )
    disputed = fields.Integer(
        required=True,
        metadata={"description": "Another validator of the same round said otherwise."},
    )
    useful = fields.Integer(
        required=True, metadata={"description": "Any of these; one verdict may be several."}
    )
    useful_share = fields.Float(required=True, allow_none=True, metadata={"description": _SHARE})
    useful_interval = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        metadata={"description": "The 95 % interval of that share, by Wilson."},
    )
    missing = fields.Integer(
        required=True, metadata={"description": "Verdicts that it takes to conclude anything."}
    )


class GainOut(Out):
    """How much more often a verdict was useful by the order than by lot."""

    conclusion = fields.String(required=True, validate=words(GainWord))
    difference = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Of the two shares; null where it cannot be told yet."},
    )
    interval = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        metadata={"description": "The 95 % interval of the difference, by Newcombe."},
    )


class PriorityReportOut(Out):
    """Both ways of handing out work, side by side."""

    ways = fields.List(fields.Nested(WayOut), required=True)
    gain = fields.Nested(GainOut, required=True)
    window = fields.Integer(
        required=True, metadata={"description": "How many of each way are looked at, at most."}
    )
    enough = fields.Integer(
        required=True, metadata={"description": "Verdicts of each way that a conclusion takes."}
    )
