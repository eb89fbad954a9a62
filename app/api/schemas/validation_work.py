"""Policies, leases and decisions, in and out."""

from dataclasses import asdict
from typing import Any

from marshmallow import fields, post_load

from app.api.schemas.exchanges import PromptOut, ResponseOut
from app.api.schemas.feedback import FeedbackOut
from app.api.schemas.fields import LONGEST_NOTE, Flag, In, ModelId, Number, Out, Text, Whole, words
from app.domain.priority import AGE_PER_DAY, USUAL_WEIGHTS, weights_of
from app.domain.quorum import LEAST_QUORUM, Rules
from app.domain.states import FeedbackStatus

_MOST_VALIDATORS = 99
_LONGEST_LEASE = 86_400
_QUORUM = "A side wins when its share of the verdicts is above this; else an admin decides."
_MOST_TRUSTED_WEIGHT = 10
_TRUSTED = (
    "How often the verdict of somebody trusted or higher (`GET /users/me/progress`) counts "
    "towards the quorum; the number of verdicts stays the same."
)
_LEASED = (
    "Whether a verdict needs a lease of `POST /validation/next`, so that nobody chooses what they "
    "judge: who agree to approve each other wait for each other's turn."
)
_MOST_WEIGHT = 100
_BY_LOT = "Which part of the work is handed out by lot, so that the gain of the order is known."
_BLIND = "Whether validators see who wrote the feedback only when it is decided."
_GOLD = "Which part of what is handed out are items whose right verdict is known."


def _weight(usual: float) -> Number:
    about = f"{usual} unless said; a day of waiting counts {AGE_PER_DAY}, for all models alike."
    return Number(0, _MOST_WEIGHT, metadata={"description": about})


class PriorityIn(In):
    """What each factor of the queue counts at its most; what is absent is as by default."""

    flagged = _weight(USUAL_WEIGHTS.flagged)
    has_correction = _weight(USUAL_WEIGHTS.has_correction)
    low_score = _weight(USUAL_WEIGHTS.low_score)
    disliked = _weight(USUAL_WEIGHTS.disliked)
    disagreement = _weight(USUAL_WEIGHTS.disagreement)
    uncertainty = _weight(USUAL_WEIGHTS.uncertainty)
    thin_evidence = _weight(USUAL_WEIGHTS.thin_evidence)
    novelty = _weight(USUAL_WEIGHTS.novelty)

    @post_load
    def _value(self, data: dict[str, float], **_: Any) -> dict[str, float]:
        return asdict(weights_of(data))


class PriorityOut(Out):
    """What each factor of the queue counts at its most."""

    flagged = fields.Float(required=True)
    has_correction = fields.Float(required=True)
    low_score = fields.Float(required=True)
    disliked = fields.Float(required=True)
    disagreement = fields.Float(required=True)
    uncertainty = fields.Float(required=True)
    thin_evidence = fields.Float(required=True)
    novelty = fields.Float(required=True)


class PolicyIn(In):
    """How feedback is validated; what is absent is as by default."""

    validators = Whole(
        1, _MOST_VALIDATORS, metadata={"description": "How many verdicts decide; 1 unless said."}
    )
    quorum = Number(LEAST_QUORUM, 1, metadata={"description": f"{_QUORUM} 0.5 unless said."})
    blind = Flag(metadata={"description": f"{_BLIND} false unless said."})
    lease_seconds = Whole(
        1, _LONGEST_LEASE, metadata={"description": "How long a lease runs; 600 unless said."}
    )
    gold_share = Number(0, 1, metadata={"description": f"{_GOLD} 0 unless said."})
    random_share = Number(0, 1, metadata={"description": f"{_BY_LOT} 0.05 unless said."})
    priority = fields.Nested(PriorityIn)
    trusted_weight = Whole(
        1, _MOST_TRUSTED_WEIGHT, metadata={"description": f"{_TRUSTED} 1 unless said."}
    )

    leased_only = Flag(metadata={"description": f"{_LEASED} false unless said."})

    @post_load
    def _value(self, data: dict[str, Any], **_: Any) -> Rules:
        return Rules(**data)


class PolicyOut(Out):
    """How feedback on a model is validated."""

    model_id = fields.String(required=True)
    said_for = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The model itself or `all`; null: these are the defaults."},
    )
    validators = fields.Integer(required=True)
    quorum = fields.Float(required=True)
    blind = fields.Boolean(required=True)
    lease_seconds = fields.Integer(required=True)
    trusted_weight = fields.Integer(required=True)
    leased_only = fields.Boolean(required=True)
    gold_share = fields.Float(
        required=True,
        allow_none=True,
        attribute="told_gold_share",
        metadata={"description": "null for who may not set it: gold is hidden from who judges."},
    )
    random_share = fields.Float(required=True)
    priority = fields.Nested(PriorityOut, required=True)
    version = fields.Integer(
        required=True, metadata={"description": "0 where nothing was said for the model itself."}
    )


class NextIn(In):
    """On which model the feedback is to be; on any unless said."""

    MAY_BE_ABSENT = True

    model_id = ModelId()


class LeaseOut(Out):
    """The right to judge; with the token a verdict counts until the lease ends."""

    token = fields.UUID(required=True)
    expires_at = fields.AwareDateTime(required=True)


class WorkOut(Out):
    """Feedback to judge, what it is about, and the lease that keeps a place for it."""

    feedback = fields.Nested(FeedbackOut, required=True)
    prompt = fields.Nested(PromptOut, required=True)
    response = fields.Nested(ResponseOut, required=True)
    lease = fields.Nested(LeaseOut, required=True)


class DecisionIn(In):
    """An admin's decision, with its reason."""

    is_valid = Flag(required=True)
    notes = Text(longest=LONGEST_NOTE, required=True)


class DecisionOut(Out):
    """A stored decision and what it led to."""

    id = fields.UUID(required=True, attribute="decision.id")
    feedback_id = fields.UUID(required=True, attribute="decision.feedback_id")
    decided_by = fields.String(required=True, attribute="decision.decided_by")
    is_valid = fields.Boolean(required=True, attribute="decision.is_valid")
    notes = fields.String(required=True, attribute="decision.notes")
    created_at = fields.AwareDateTime(required=True, attribute="decision.created_at")
    feedback_status = fields.String(required=True, validate=words(FeedbackStatus))
    dataset_entry_id = fields.UUID(required=True, allow_none=True)


class AppealIn(In):
    """Why an author disagrees."""

    reason = Text(longest=LONGEST_NOTE, required=True)
