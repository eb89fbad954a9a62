"""What waits for a verdict, how fast it comes and goes, and when it will be gone."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.domain.backlog_forecast import forecast
from app.domain.scope import Scope
from app.services import large_reads
from app.services.large_reads import filled
from app.utils import clock

_DAY = timedelta(days=1)
# Gold stays where it is, so that it waits for nothing; who must not know it is told it waits.
_WAITING = filled("""
SELECT f.model_id, count(*) FILTER (WHERE f.status = 'pending') AS waiting,
       count(*) FILTER (WHERE f.status = 'tied') AS tied,
       count(*) FILTER (WHERE f.status = 'returned') AS returned,
       min(f.created_at) FILTER (WHERE f.status = 'pending') AS oldest_at
FROM feedback f
WHERE f.status IN ('pending', 'tied', 'returned') AND {model[f]}
      AND (NOT :knows_gold OR f.gold_version IS DISTINCT FROM f.version)
GROUP BY f.model_id
""")
# What was decided is found by when it was, however long ago it had come.
_FLOW = filled("""
SELECT model_id, CAST(at AT TIME ZONE 'UTC' AS date) AS day, sum(arrived) AS arrived,
       sum(decided) AS decided, sum(verdicts) AS verdicts
FROM (
    SELECT f.model_id, date_trunc('day', f.created_at, 'UTC') AS at,
           count(*) AS arrived, 0 AS decided, 0 AS verdicts
    FROM feedback f WHERE {period[f]} AND {model[f]} GROUP BY 1, 2
    UNION ALL
    SELECT f.model_id, date_trunc('day', f.decided_at, 'UTC'), 0, count(*), 0
    FROM feedback f
    WHERE f.decided_at >= :start AND f.decided_at < :end AND {model[f]} GROUP BY 1, 2
    UNION ALL
    SELECT f.model_id, date_trunc('day', v.created_at, 'UTC'), 0, 0, count(*)
    FROM validations v JOIN feedback f ON f.id = v.feedback_id
    WHERE {period[v]} AND {model[f]} GROUP BY 1, 2
) flow
GROUP BY 1, 2 ORDER BY 1, 2
""")


def backlog(session: Session, *, scope: Scope, knows_gold: bool) -> dict[str, Any]:
    """Return what waits now by model and in all, and what the period's whole days foretell.

    Without gold for who ``knows_gold``; others could tell it by what is missing.
    """
    large_reads.prepare(session)
    values, now = {**scope.values(), "knows_gold": knows_gold}, clock.now()
    waiting = {
        row.model_id: dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name.
        for row in large_reads.rows(session, statement=_WAITING, values=values)
    }
    rows = large_reads.rows(session, statement=_FLOW, values=values)
    flows = {model_id: list(days) for model_id, days in groupby(rows, lambda row: row.model_id)}
    days = _whole_days(scope, now)
    items = [
        _told(model_id, [waiting.get(model_id, {})], flows.get(model_id, []), days, now)
        for model_id in sorted({*waiting, *flows})
    ]
    everything = [row for flow in flows.values() for row in flow]
    total = _told(None, list(waiting.values()), everything, days, now)
    return {"as_of": now, "items": items, "total": total}


def _whole_days(scope: Scope, now: datetime) -> list[date]:
    """Return the days that lie in the period from midnight to midnight and are over."""
    end = min(scope.end, now).date()
    first = scope.start.date()
    if scope.start.time() != datetime.min.time():
        first += _DAY
    return [first + _DAY * number for number in range((end - first).days)]


def _told(
    model_id: str | None,
    waiting: Sequence[dict[str, Any]],
    flow: Iterable[Any],
    days: Sequence[date],
    now: datetime,
) -> dict[str, Any]:
    by_day = _by_day(flow, days)
    counts = {
        name: sum(one.get(name, 0) for one in waiting) for name in ("waiting", "tied", "returned")
    }
    oldest = min((one["oldest_at"] for one in waiting if one.get("oldest_at")), default=None)
    rates = {
        f"{name}_per_day": sum(day[name] for day in by_day) / len(by_day) if by_day else None
        for name in ("arrived", "decided", "verdicts")
    }
    nets = [day["arrived"] - day["decided"] for day in by_day]
    found = forecast(counts["waiting"], nets=nets, now=now)
    foretold = {name: getattr(found, name) for name in found.__slots__}
    return {"model_id": model_id, **counts, "oldest_at": oldest, **rates, **foretold}


def _by_day(flow: Iterable[Any], days: Sequence[date]) -> list[dict[str, int]]:
    """Return the numbers of each whole day since anything happened; most days of few are none."""
    found = {day: {"arrived": 0, "decided": 0, "verdicts": 0} for day in days}
    seen = []
    for row in flow:
        if row.day in found:
            seen.append(row.day)
            for name, number in found[row.day].items():
                found[row.day][name] = number + int(getattr(row, name))
    first = min(seen, default=None)
    return [found[day] for day in days if first and day >= first]
