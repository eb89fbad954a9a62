"""The scope of an insight: a period, and perhaps one model."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.utils.ids import first_id_at

# Ids are made beside the time of their row, by a clock that may be another one.
_APART = timedelta(days=1)
# So many rows an answer has at most; a filter or longer parts bring more of the rest.
MOST_ROWS = 10_000
# Pairs grow with the square of the people; these are they who rated most of what others did.
MOST_PEOPLE = 50
_LAST_ID = UUID(int=2**128 - 1)


class Step(StrEnum):
    """How long the parts of a period are; weeks begin on Monday, days at midnight UTC."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What happened from ``start`` until before ``end``, with one model or (None) with any."""

    start: datetime
    end: datetime
    model_id: str | None = None

    def values(self) -> dict[str, Any]:
        """Return the parameters of statements; ``low`` and ``high`` bound the ids of rows."""
        return {
            "start": self.start,
            "end": self.end,
            "model_id": self.model_id,
            "low": first_id_at(self.start - _APART),
            "high": first_id_at(self.end + _APART),
        }


@dataclass(frozen=True, slots=True)
class Everything:
    """All that ever happened, with any model."""

    def values(self) -> dict[str, Any]:
        """Return the parameters of statements."""
        first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (1, 9999))
        bounds = {"low": UUID(int=0), "high": _LAST_ID}
        return {"start": first, "end": last, "model_id": None, **bounds}
