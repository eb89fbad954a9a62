"""What a person's day has cost, out."""

from marshmallow import fields

from app.api.schemas.fields import Out


class SpentOut(Out):
    """Tokens of questions and answers that are over."""

    prompt_tokens = fields.Integer(required=True)
    completion_tokens = fields.Integer(required=True)


class DayOut(Out):
    """A day's budget and what is left of it; without a budget all but the day is null."""

    day = fields.Date(required=True, metadata={"description": "The day in UTC."})
    budget = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Tokens for the day."}
    )
    used = fields.Nested(SpentOut, required=True, allow_none=True)
    reserved = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Set aside for answers that are under way."},
    )
    remaining = fields.Integer(required=True, allow_none=True)
    requests = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Questions asked."}
    )
