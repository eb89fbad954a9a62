"""How far a person's judgement can be relied on: a Beta posterior whose evidence fades.

Each answer that turned out right or wrong counts 1 when it was given, and half as much every
half-life later, down to the prior. Source: Jøsang and Ismail, "The Beta Reputation System"
(2002), with a forgetting factor that follows time rather than the number of answers.
"""

from collections.abc import Iterable
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


def unknown(as_of: datetime, rule: Forgetting) -> Reliability:
    """Return what is held of somebody who has given no answer."""
    return Reliability(alpha=rule.alpha, beta=rule.beta, as_of=as_of, answers=0)


def reliability(
    answers: Iterable[tuple[bool, float]], *, as_of: datetime, rule: Forgetting
) -> Reliability:
    """Return the posterior at ``as_of`` from (was right, age in days), in any order."""
    weights = {True: 0.0, False: 0.0}
    number = 0
    for agreed, age in answers:
        weights[agreed] += rule.left(age)
        number += 1
    return Reliability(
        alpha=rule.alpha + weights[True],
        beta=rule.beta + weights[False],
        as_of=as_of,
        answers=number,
    )


def faded(held: Reliability, *, at: datetime, rule: Forgetting) -> Reliability:
    """Return what is held at ``at``; a moment before ``held.as_of`` changes nothing."""
    left = rule.left(_days(held.as_of, at))
    return Reliability(
        alpha=rule.alpha + left * (held.alpha - rule.alpha),
        beta=rule.beta + left * (held.beta - rule.beta),
        as_of=max(at, held.as_of),
        answers=held.answers,
    )


def updated(held: Reliability, *, agreed: bool, at: datetime, rule: Forgetting) -> Reliability:
    """Return the posterior after one more answer, given ``at``.

    Answers may come in any order: one from before ``held.as_of`` has faded until then. The
    outcome is that of ``reliability`` over all of them.
    """
    now = faded(held, at=at, rule=rule)
    weight = rule.left(_days(at, now.as_of))
    return Reliability(
        alpha=now.alpha + (weight if agreed else 0.0),
        beta=now.beta + (0.0 if agreed else weight),
        as_of=now.as_of,
        answers=now.answers + 1,
    )


def _days(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / _DAY
