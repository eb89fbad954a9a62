"""Priority's gain: what the order of the queue is worth, against work that was drawn by lot.

A verdict was useful when it changed something: it rejected, it sent back, it confirmed a
correction (which is what models learn most from), or another validator of the round said
otherwise. Feedback with a correction stands higher in the queue to begin with, so each kind is
counted by itself, too. The two ways are compared by what came of the verdicts; a verdict that
nobody leased says nothing about either.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.proportions import Share, difference, interval
from app.domain.states import GainWord, HandoutWay

# Of each way the newest are looked at, however many there are.
WINDOW = 5_000
# With fewer verdicts of either way nothing is concluded.
ENOUGH = 50
_COUNTS = """
SELECT way.word AS way, count(h.id) AS handed_out, count(v.id) AS verdicts,
       count(*) FILTER (WHERE kind.rejected) AS rejected,
       count(*) FILTER (WHERE kind.returned) AS returned,
       count(*) FILTER (WHERE kind.corrected) AS corrections,
       count(*) FILTER (WHERE kind.disputed) AS disputed,
       count(*) FILTER (WHERE kind.rejected OR kind.returned OR kind.corrected OR kind.disputed)
           AS useful
FROM (VALUES ('priority'), ('random')) AS way(word)
LEFT JOIN LATERAL (
    SELECT * FROM handouts
    WHERE way = way.word{of_model} ORDER BY id DESC LIMIT :window
) h ON true
LEFT JOIN validations v
    ON (v.feedback_id, v.round, v.validator_id) = (h.feedback_id, h.round, h.validator_id)
    -- Who let it lie and took it again judged what they took last.
    AND NOT EXISTS (
        SELECT FROM handouts later
        WHERE later.feedback_id = h.feedback_id AND later.round = h.round
          AND later.validator_id = h.validator_id AND later.id > h.id)
LEFT JOIN feedback f ON f.id = v.feedback_id
LEFT JOIN LATERAL (
    SELECT NOT v.is_valid AS rejected, v.is_valid IS NULL AS returned,
           v.is_valid AND jsonb_exists(COALESCE(f.factors, f.reasons), 'has_correction')
               AS corrected,
           EXISTS (SELECT FROM validations other
                   WHERE other.feedback_id = v.feedback_id AND other.round = v.round
                     AND other.is_valid IS DISTINCT FROM v.is_valid) AS disputed
    WHERE v.id IS NOT NULL
) kind ON true
GROUP BY way.word
ORDER BY way.word
"""
_OF_ALL = text(_COUNTS.format(of_model=""))
_OF_MODEL = text(_COUNTS.format(of_model=" AND model_id = :model_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WayCounts:
    """What came of the work that was handed out in one way."""

    way: str
    handed_out: int
    verdicts: int
    rejected: int
    returned: int
    corrections: int
    disputed: int
    useful: int

    @property
    def share(self) -> Share | None:
        """The part of the verdicts that were useful; None where there is no verdict."""
        return Share(part=self.useful, whole=self.verdicts) if self.verdicts else None

    @property
    def useful_share(self) -> float | None:
        """The same as a number."""
        return self.share.value if self.share else None

    @property
    def useful_interval(self) -> list[float] | None:
        """Between which two numbers it lies, by 95 %."""
        return list(interval(self.share)) if self.share else None

    @property
    def missing(self) -> int:
        """How many verdicts more it takes to conclude anything."""
        return max(0, ENOUGH - self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """By how much more of the verdicts were useful; None where that cannot be told yet."""

    conclusion: GainWord
    difference: float | None = None
    interval: list[float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityReport:
    """Both ways and what the order gains."""

    ways: list[WayCounts]
    gain: Gain
    window: int = WINDOW
    enough: int = ENOUGH


def report(session: Session, *, model_id: str | None = None) -> PriorityReport:
    """Return what the order of the queue gained, for a model or for all."""
    statement = _OF_MODEL if model_id else _OF_ALL
    values: dict[str, Any] = {"window": WINDOW} | ({"model_id": model_id} if model_id else {})
    rows = session.execute(statement, values).mappings()
    ways = [WayCounts(**row) for row in rows]
    return PriorityReport(ways=ways, gain=_gain({one.way: one for one in ways}))


def _gain(ways: dict[str, WayCounts]) -> Gain:
    ordered, drawn = ways[HandoutWay.PRIORITY], ways[HandoutWay.RANDOM]
    if ordered.missing or drawn.missing or ordered.share is None or drawn.share is None:
        return Gain(conclusion=GainWord.NOT_ENOUGH_YET)
    found, low, high = difference(ordered.share, drawn.share)
    return Gain(conclusion=_conclusion(low, high), difference=found, interval=[low, high])


def _conclusion(low: float, high: float) -> GainWord:
    if low > 0:
        return GainWord.BETTER
    return GainWord.WORSE if high < 0 else GainWord.NO_DIFFERENCE_SEEN
