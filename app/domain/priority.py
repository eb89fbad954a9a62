"""How much a feedback deserves a validator's attention, with the reasons and their numbers."""

from datetime import UTC, datetime

# A day of waiting weighs this much, so nothing waits for ever behind fresh complaints.
AGE_PER_DAY = 0.5
_FLAG = 3.0
_CORRECTION = 2.0
_LOW_SCORE = 2.0
_DISLIKE = 1.0
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def reasons_for(
    *,
    positions: list[float],
    rating: str | None,
    has_correction: bool,
    is_flagged: bool,
) -> dict[str, float]:
    """Return each factor that speaks for validating soon, with its number.

    ``positions`` are the scores as fractions of their scales, 0 the lowest and 1 the highest.
    """
    lowest = min(positions, default=1.0)
    factors = {
        "flagged": _FLAG if is_flagged else 0.0,
        "has_correction": _CORRECTION if has_correction else 0.0,
        "low_score": round(_LOW_SCORE * (1.0 - lowest), 3),
        "disliked": _DISLIKE if rating == "dislike" else 0.0,
    }
    return {name: number for name, number in factors.items() if number}


def queue_key(reasons: dict[str, float], submitted: datetime) -> float:
    """Return the stored sort key.

    Age counts linearly, so the order of two items never changes while they wait: the key can
    be computed once, from the time of submission, and indexed.
    """
    return sum(reasons.values()) - AGE_PER_DAY * _days(submitted)


def explain(
    reasons: dict[str, float], submitted: datetime, now: datetime
) -> tuple[float, dict[str, float]]:
    """Return the priority at ``now`` and its reasons with the age among them."""
    age = round(AGE_PER_DAY * max(0.0, _days(now) - _days(submitted)), 3)
    named = {**reasons, "age": age}
    return round(sum(named.values()), 3), named


def _days(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds() / 86_400
