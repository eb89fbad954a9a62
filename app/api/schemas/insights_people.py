"""Insights about people and their work: agreement, backlog, who came back, dimensions."""

from marshmallow import fields

from app.api.schemas.fields import Out, words
from app.api.schemas.insights import CARRIED, LEFT_OUT, InsightOut
from app.api.schemas.validation_stats import LEVELS, REASONS
from app.domain.backlog_forecast import Outlook
from app.domain.dimension_health import Sign

_ALPHA = {"description": "Krippendorff's alpha."}
_WHY = {"description": "Why there is no figure."}
_KAPPA = {"description": "Cohen's kappa."}
_SAME = {"description": "How often both said the same."}
_KAPPA_REASONS = ("nothing_shared", "nobody_differed")
_WEIGHTS = ("unweighted", "quadratic")


class AlphaOut(Out):
    """How well raters agree on a dimension about one model, at a level of measurement."""

    dimension_id = fields.UUID(required=True)
    dimension_name = fields.String(required=True)
    model_id = fields.String(required=True)
    level = fields.String(required=True, validate=words(LEVELS), attribute="agreement.level")
    krippendorff_alpha = fields.Float(
        required=True, allow_none=True, metadata=_ALPHA, attribute="agreement.alpha"
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        validate=words(REASONS),
        metadata=_WHY,
        attribute="agreement.reason",
    )
    items = fields.Integer(required=True, attribute="agreement.items")
    ratings = fields.Integer(required=True, attribute="agreement.ratings")
    raters = fields.Integer(required=True, attribute="agreement.raters")
    carried = fields.Integer(required=True, metadata=CARRIED, attribute="agreement.carried")
    left_out = fields.Integer(required=True, metadata=LEFT_OUT, attribute="agreement.left_out")


class PreferencePairOut(Out):
    """How well two people agree about what both judged."""

    one = fields.String(required=True)
    other = fields.String(required=True)
    items = fields.Integer(required=True)
    same = fields.Integer(required=True, metadata=_SAME)
    kappa = fields.Float(required=True, allow_none=True, metadata=_KAPPA)
    weights = fields.String(required=True, validate=words(_WEIGHTS))
    reason = fields.String(
        required=True, allow_none=True, validate=words(_KAPPA_REASONS), metadata=_WHY
    )


class PairOut(PreferencePairOut):
    """How well two people agree on a dimension."""

    dimension_id = fields.UUID(required=True)
    dimension_name = fields.String(required=True)


class PreferencesSummaryOut(Out):
    """What most said of two answers that several people compared; the first was made first."""

    judgements = fields.Integer(required=True)
    shared = fields.Integer(
        required=True, metadata={"description": "Pairs of answers that several compared."}
    )
    unanimous = fields.Integer(required=True)
    majority_first = fields.Integer(required=True)
    majority_second = fields.Integer(required=True)
    majority_tie = fields.Integer(required=True)
    majority_both_bad = fields.Integer(required=True)
    majority_none = fields.Integer(required=True)
    krippendorff_alpha = fields.Float(required=True, allow_none=True, metadata=_ALPHA)
    reason = fields.String(required=True, allow_none=True, validate=words(REASONS), metadata=_WHY)


class PreferencesAgreementOut(PreferencesSummaryOut):
    """What most said, and how well each two people agree."""

    pairs = fields.List(fields.Nested(PreferencePairOut), required=True)


class InsightAgreementOut(InsightOut):
    """How well people agree."""

    items = fields.List(fields.Nested(AlphaOut), required=True)
    pairs = fields.List(fields.Nested(PairOut), required=True)
    preferences = fields.Nested(PreferencesAgreementOut, required=True)


class BacklogItemOut(Out):
    """What waits now, at which rates it came and went, and what that foretells.

    Rates are of whole days. ``empty_at`` goes on from their mean, ``earliest`` and ``latest``
    from the ends of its 95 % interval; null: never, at that rate.
    """

    model_id = fields.String(required=True, allow_none=True)
    waiting = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True, allow_none=True)
    tied = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    days = fields.Integer(
        required=True, metadata={"description": "Whole days since anything came."}
    )
    arrived_per_day = fields.Float(required=True, allow_none=True)
    decided_per_day = fields.Float(required=True, allow_none=True)
    verdicts_per_day = fields.Float(required=True, allow_none=True)
    net_per_day = fields.Float(required=True, allow_none=True)
    net_least = fields.Float(required=True, allow_none=True)
    net_most = fields.Float(required=True, allow_none=True)
    outlook = fields.String(required=True, validate=words(Outlook))
    empty_at = fields.AwareDateTime(required=True, allow_none=True)
    earliest = fields.AwareDateTime(required=True, allow_none=True)
    latest = fields.AwareDateTime(required=True, allow_none=True)


class BacklogOut(InsightOut):
    """What waits for a verdict."""

    items = fields.List(fields.Nested(BacklogItemOut), required=True)
    total = fields.Nested(BacklogItemOut, required=True)


class CohortOut(Out):
    """Of those who first contributed in a week, how many did so many weeks later."""

    first_week = fields.Date(required=True, metadata={"description": "Its Monday."})
    contributors = fields.Integer(required=True)
    weeks_later = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    share = fields.Float(required=True)
    is_over = fields.Boolean(
        required=True, metadata={"description": "Whether the week has ended: more may come."}
    )


class RetentionOut(InsightOut):
    """Who came back."""

    items = fields.List(fields.Nested(CohortOut), required=True)


class DimensionHealthOut(Out):
    """How a dimension was used, and what that may mean."""

    dimension_id = fields.UUID(required=True)
    dimension_name = fields.String(required=True)
    dimension_version = fields.Integer(required=True)
    model_id = fields.String(required=True)
    scores = fields.Integer(required=True)
    highest = fields.Integer(required=True)
    lowest = fields.Integer(required=True)
    different = fields.Integer(
        required=True, metadata={"description": "How many different scores were given."}
    )
    cannot_judge = fields.Integer(required=True)
    carried = fields.Integer(required=True, metadata=CARRIED)
    left_out = fields.Integer(required=True, metadata=LEFT_OUT)
    signs = fields.List(
        fields.String(validate=words(Sign)),
        required=True,
        metadata={"description": "Evidence of what may be wrong, from 20 ratings on."},
    )


class DimensionsHealthOut(InsightOut):
    """How dimensions fare."""

    items = fields.List(fields.Nested(DimensionHealthOut), required=True)
