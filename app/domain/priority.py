"""How much a feedback deserves a validator's attention, with the reasons and their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log2
from statistics import pstdev

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each factor counts at its most; ``age_per_day`` for each day of waiting.

    A day of waiting weighs something, so nothing waits for ever behind fresh complaints.
    """

    flagged: float = 3.0
    has_correction: float = 2.0
    low_score: float = 2.0
    disliked: float = 1.0
    disagreement: float = 2.0
    uncertainty: float = 2.0
    thin_evidence: float = 1.0
    novelty: float = 1.0
    age_per_day: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How much is known of something, each from 0 to 1; None where nobody has measured it.

    ``disagreement`` is that of those who rated it, ``uncertainty`` that of what is concluded,
    ``thin_evidence`` 1 where nobody has rated it, and ``novelty`` 1 where nothing is like it.
    """

    disagreement: float | None = None
    uncertainty: float | None = None
    thin_evidence: float | None = None
    novelty: float | None = None


UNMEASURED = Standing()
USUAL_WEIGHTS = Weights()


def reasons_for(
    *,
    positions: list[float],
    rating: str | None,
    has_correction: bool,
    is_flagged: bool,
    standing: Standing = UNMEASURED,
    weights: Weights = USUAL_WEIGHTS,
) -> dict[str, float]:
    """Return each factor that speaks for validating soon, with its number.

    ``positions`` are the scores as fractions of their scales, 0 the lowest and 1 the highest.
    """
    lowest = min(positions, default=1.0)
    factors = {
        "flagged": weights.flagged if is_flagged else 0.0,
        "has_correction": weights.has_correction if has_correction else 0.0,
        "low_score": round(weights.low_score * (1.0 - lowest), 3),
        "disliked": weights.disliked if rating == "dislike" else 0.0,
        **wanting(standing, weights=weights),
    }
    return {name: number for name, number in factors.items() if number}


def wanting(standing: Standing, *, weights: Weights = USUAL_WEIGHTS) -> dict[str, float]:
    """Return each factor of what is known that speaks for asking people, with its number."""
    factors = {
        name: round(getattr(weights, name) * (getattr(standing, name) or 0.0), 3)
        for name in ("disagreement", "uncertainty", "thin_evidence", "novelty")
    }
    return {name: number for name, number in factors.items() if number}


def disagreement(positions: Sequence[float]) -> float:
    """Return how far scores (from 0 to 1) lie apart: 0 is equal, 1 is half at either end."""
    return 2 * pstdev(positions) if positions else 0.0


def uncertainty(probability: float) -> float:
    """Return the entropy, in bits, of a yes or no that is a yes with ``probability``."""
    return sum(-part * log2(part) for part in (probability, 1 - probability) if part > 0)


def thin_evidence(ratings: int) -> float:
    """Return 1 for nothing known, and less with each rating: 1/2, 1/3, ..."""
    return 1 / (1 + ratings)


def queue_key(
    reasons: dict[str, float], submitted: datetime, weights: Weights = USUAL_WEIGHTS
) -> float:
    """Return the stored sort key.

    Age counts linearly, so the order of two items never changes while they wait: the key can
    be computed once, from the time of submission, and indexed.
    """
    return sum(reasons.values()) - weights.age_per_day * _days(submitted)


def explain(
    reasons: dict[str, float],
    submitted: datetime,
    now: datetime,
    weights: Weights = USUAL_WEIGHTS,
) -> tuple[float, dict[str, float]]:
    """Return the priority at ``now`` and its reasons with the age among them."""
    age = round(weights.age_per_day * max(0.0, _days(now) - _days(submitted)), 3)
    named = {**reasons, "age": age}
    return round(sum(named.values()), 3), named


def _days(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds() / 86_400
