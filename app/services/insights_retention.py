"""Who contributes, and how many of them came back in the weeks that followed."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.scope import MOST_ROWS, Scope
from app.services import large_reads
from app.services.large_reads import filled
from app.utils import clock

_WEEK = timedelta(days=7)
# Whoever was active in the period is looked up once for when they began: an index each.
_ACTIVE = filled("""
WITH active AS MATERIALIZED (
    SELECT f.user_id, date_trunc('week', f.created_at, 'UTC') AS week
    FROM feedback f WHERE {period[f]} AND {model[f]}
    UNION
    SELECT p.user_id, date_trunc('week', p.created_at, 'UTC')
    FROM preferences p JOIN interactions i ON i.id = p.interaction_id
    WHERE {period[p]} AND {model[i]}
), people AS (
    SELECT user_id, least(
        (SELECT f.created_at FROM feedback f
         WHERE f.user_id = known.user_id AND {model[f]} ORDER BY f.id LIMIT 1),
        (SELECT p.created_at FROM preferences p JOIN interactions i ON i.id = p.interaction_id
         WHERE p.user_id = known.user_id AND {model[i]} ORDER BY p.id LIMIT 1)) AS first_at
    FROM (SELECT DISTINCT user_id FROM active) known
)
SELECT CAST(date_trunc('week', people.first_at, 'UTC') AT TIME ZONE 'UTC' AS date) AS first_week,
       CAST(active.week AT TIME ZONE 'UTC' AS date) AS week, count(*) AS people
FROM active JOIN people ON people.user_id = active.user_id
WHERE people.first_at >= :start
GROUP BY 1, 2 ORDER BY 1, 2
""")


def retention(session: Session, *, scope: Scope) -> list[dict[str, Any]]:
    """Return, for those who began in each week of the period, how many came back in which.

    A contribution is feedback or a preference. One row more than MOST_ROWS: there are more.
    """
    large_reads.prepare(session)
    found: dict[date, dict[date, int]] = {}
    for row in large_reads.rows(session, statement=_ACTIVE, values=scope.values()):
        found.setdefault(row.first_week, {})[row.week] = row.people
    last = min(scope.end, clock.now())
    rows = [row for first, weeks in found.items() for row in _cohort(first, weeks, last.date())]
    return rows[: MOST_ROWS + 1]


def _cohort(first: date, weeks: dict[date, int], last: date) -> list[dict[str, Any]]:
    """Return a row for every week from the first, in which all were there, to the last."""
    number = (last - first).days // _WEEK.days + 1
    contributors = weeks.get(first, 0)
    return [
        {
            "first_week": first,
            "contributors": contributors,
            "weeks_later": place,
            "returned": weeks.get(first + place * _WEEK, 0),
            "share": weeks.get(first + place * _WEEK, 0) / contributors if contributors else 0.0,
            "is_over": first + (place + 1) * _WEEK <= last,
        }
        for place in range(number)
    ]
