"""Levels: what a balance of points makes of somebody, and which right comes with it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How far somebody has come, lowest first."""

    NEWCOMER = "newcomer"
    CONTRIBUTOR = "contributor"
    TRUSTED = "trusted"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A level and how many points it begins with."""

    level: Level
    points: int


STEPS = (
    Step(level=Level.NEWCOMER, points=0),
    Step(level=Level.CONTRIBUTOR, points=50),
    Step(level=Level.TRUSTED, points=500),
    Step(level=Level.EXPERT, points=2000),
)
# Their verdicts count as often as the policy of the model says.
TRUSTED = frozenset({Level.TRUSTED, Level.EXPERT})


def level_of(points: int) -> Level:
    """Return the highest level that ``points`` reach; points taken back may lower it."""
    return next((step.level for step in reversed(STEPS) if points >= step.points), Level.NEWCOMER)


def next_step(points: int) -> Step | None:
    """Return what comes next, None where there is nothing above."""
    return next((step for step in STEPS if points < step.points), None)


def verdict_weight(level: str, *, trusted_weight: int) -> int:
    """Return how often a verdict counts towards the quorum."""
    return trusted_weight if level in TRUSTED else 1
