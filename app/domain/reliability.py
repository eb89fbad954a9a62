"""How far a person's judgement can be relied on: a Beta posterior whose evidence fades.

Each answer that turned out right or wrong counts 1 when it was given, and half as much every
half-life later, down to the prior. Source: Jøsang and Ismail, "The Beta Reputation System"
(2002), with a forgetting factor that follows time rather than the number of answers.
"""

from dataclasses import dataclass
from datetime import datetime

from app.domain.beta_distribution import quantile

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What is held of somebody unknown (``alpha`` right, ``beta`` wrong), and how fast it fades."""

    alpha: float = 1.0
    beta: float = 1.0
    half_life_days: float = 180.0

    def left(self, days: float) -> float:
        """Return what is left after ``days`` of an answer that counted 1."""
        return float(2.0 ** (-max(0.0, days) / self.half_life_days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Beta(``alpha``, ``beta``) at ``as_of``, out of ``answers`` answers, faded ones included."""

    alpha: float
    beta: float
    as_of: datetime
    answers: int

    @property
    def mean(self) -> float:
        """The expected part of right answers."""
        return self.alpha / (self.alpha + self.beta)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return between which two numbers the part of right answers lies, by ``level``."""
        outside = (1 - level) / 2
        low, high = (
            quantile(share, alpha=self.alpha, beta=self.beta) for share in (outside, 1 - outside)
        )
        return low, high


def faded(held: Reliability, *, at: datetime, rule: Forgetting) -> Reliability:
    """Return what is held at ``at``; a moment before ``held.as_of`` changes nothing."""
    left = rule.left(_days(held.as_of, at))
    return Reliability(
        alpha=rule.alpha + left * (held.alpha - rule.alpha),
        beta=rule.beta + left * (held.beta - rule.beta),
        as_of=max(at, held.as_of),
        answers=held.answers,
    )


def _days(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / _DAY
