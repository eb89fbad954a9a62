"""Progress, points and leaderboards, in and out."""

from marshmallow import fields, validate

from app.api.schemas.fields import Out, QueryText, words
from app.api.schemas.pages import PageQuery
from app.domain.levels import STEPS, Level
from app.domain.point_rules import Pool
from app.services.leaderboards import ALL_TIME, PERIODS

_STEPS = ", ".join(f"{step.level} from {step.points}" for step in STEPS)
_QUALITY = (
    "The lower end of Wilson's interval at 95 % for the part of your decided feedback "
    "(validated and rejected) that was validated; null where nothing is decided."
)
_STREAK = "Days (UTC) in a row with feedback or a verdict of yours, up to today or yesterday."


class NextLevelOut(Out):
    """What comes next, and how many points are missing."""

    level = fields.String(required=True, validate=words(Level))
    points = fields.Integer(required=True)
    missing = fields.Integer(required=True)


class FeedbackCountsOut(Out):
    """One's own feedback by where it stands."""

    submitted = fields.Integer(required=True, metadata={"description": "All of it."})
    validated = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    tied = fields.Integer(required=True)
    withdrawn = fields.Integer(required=True)


class StandingOut(Out):
    """Where somebody stands."""

    points = fields.Integer(required=True)
    level = fields.String(
        required=True, validate=words(Level), metadata={"description": f"By points: {_STEPS}."}
    )
    next_level = fields.Nested(
        NextLevelOut, required=True, allow_none=True, metadata={"description": "null: the last."}
    )
    rank = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of all; null without points."}
    )
    feedback = fields.Nested(FeedbackCountsOut, required=True)
    quality = fields.Float(required=True, allow_none=True, metadata={"description": _QUALITY})
    streak_days = fields.Integer(required=True, metadata={"description": _STREAK})


class PointsOut(Out):
    """Points that one event gave, or took back, and why."""

    event_id = fields.UUID(required=True)
    feedback_id = fields.UUID(required=True)
    rule = fields.String(required=True)
    rule_version = fields.Integer(required=True)
    subject = fields.String(
        required=True,
        metadata={"description": "`feedback:ID#round` or `validation:ID`, `@decision:ID` if one."},
    )
    amount = fields.Integer(required=True)
    full_amount = fields.Integer(
        required=True, metadata={"description": "Without the cap of the day."}
    )
    balance = fields.Integer(required=True, metadata={"description": "Your points after it."})
    reason = fields.String(required=True)
    earned_at = fields.AwareDateTime(required=True)


class RuleSumOut(Out):
    """What a rule has given in all."""

    rule = fields.String(required=True)
    rule_version = fields.Integer(required=True)
    reason = fields.String(required=True)
    entries = fields.Integer(required=True)
    points = fields.Integer(required=True)


class CapOut(Out):
    """Points of a day up to `full` count whole, from there to `most` half, then nothing."""

    pool = fields.String(required=True, validate=words(Pool))
    points = fields.Integer(required=True, metadata={"description": "Of today (UTC)."})
    full = fields.Integer(required=True)
    most = fields.Integer(required=True)


class PointsSummaryOut(Out):
    """One's points by rule, and how far the caps of today are used."""

    points = fields.Integer(required=True)
    rules = fields.List(fields.Nested(RuleSumOut), required=True)
    today = fields.List(fields.Nested(CapOut), required=True)


class LeaderboardQuery(PageQuery):
    """Of which period, and where to go on."""

    period = fields.String(
        validate=validate.OneOf(PERIODS),
        load_default=ALL_TIME,
        metadata={"description": "This week (from Monday), this month, or all; in UTC."},
    )
    # The id of a person may be long.
    cursor = QueryText(
        r"^[A-Za-z0-9_-]{1,3000}$",
        "a next_cursor of this list",
        metadata={"description": "A `next_cursor` of this list; it is opaque."},
    )


class LeaderOut(Out):
    """Somebody on a leaderboard; who has as many points has the same rank."""

    rank = fields.Integer(required=True)
    user_id = fields.String(required=True)
    points = fields.Integer(required=True, metadata={"description": "Of the period."})
    level = fields.String(required=True, validate=words(Level))
