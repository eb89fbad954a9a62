"""Numbers about validation: how much, by whom, how fast, and how well raters agree."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.agreement import Agreement, krippendorff_alpha
from app.domain.states import FeedbackStatus

_MOST_VALIDATORS = 100

_BY_MODEL = text(
    "SELECT model_id, status, count(*) AS n FROM feedback GROUP BY model_id, status "
    "ORDER BY model_id, status"
)

_BY_VALIDATOR = text(
    """
SELECT validator_id, count(*) FILTER (WHERE is_valid) AS valid,
       count(*) FILTER (WHERE NOT is_valid) AS invalid
FROM validations GROUP BY validator_id
ORDER BY count(*) DESC, validator_id LIMIT :most
"""
)

_TIME_TO_VERDICT = text(
    """
SELECT count(*) AS n,
       avg(extract(epoch FROM v.created_at - f.created_at)) AS mean,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
           ORDER BY extract(epoch FROM v.created_at - f.created_at)) AS quantiles
FROM validations v JOIN feedback f ON f.id = v.feedback_id
"""
)

# How often each score was given to each response on the current version of a dimension;
# a single rating of a response says nothing about agreement.
_UNITS = text(
    """
SELECT name, kind, categories, response_id, scores FROM (
    SELECT d.name || CASE WHEN d.model_id = 'all' THEN '' ELSE ' (' || d.model_id || ')' END
               AS name,
           d.scale ->> 'type' AS kind, d.scale -> 'categories' AS categories,
           f.response_id, jsonb_agg(r.score) AS scores, count(*) AS n
    FROM dimension_ratings r
    JOIN feedback f ON f.id = r.feedback_id
    JOIN dimensions d ON d.id = r.dimension_id AND d.version = r.dimension_version
    WHERE r.score IS NOT NULL
    GROUP BY d.id, f.response_id
) units
WHERE n > 1
ORDER BY name
"""
)

_RATERS = text(
    """
SELECT d.name || CASE WHEN d.model_id = 'all' THEN '' ELSE ' (' || d.model_id || ')' END AS name,
       count(DISTINCT f.user_id) AS raters
FROM dimension_ratings r
JOIN feedback f ON f.id = r.feedback_id
JOIN dimensions d ON d.id = r.dimension_id AND d.version = r.dimension_version
WHERE r.score IS NOT NULL
GROUP BY d.id
"""
)

_LEVELS = {"numeric": "interval", "boolean": "nominal", "categorical": "nominal"}


def stats(session: Session) -> dict[str, Any]:
    """Return the statistics of validation."""
    by_model = _by_model(session)
    totals = {status.value: 0 for status in FeedbackStatus}
    for counts in by_model.values():
        for status, number in counts.items():
            totals[status] += number
    return {
        "total": sum(totals.values()),
        "by_status": totals,
        "by_model": by_model,
        "by_validator": _by_validator(session),
        "time_to_verdict_seconds": _time_to_verdict(session),
        "agreement": agreement(session),
    }


def agreement(session: Session) -> dict[str, Agreement]:
    """Return Krippendorff's alpha for each dimension that anybody rated."""
    raters = {row.name: row.raters for row in session.execute(_RATERS)}
    found = {
        name: _measured(list(rows), raters[name])
        for name, rows in groupby(session.execute(_UNITS), key=lambda row: row.name)
    }
    empty = {name: Agreement(None, "interval", 0, count) for name, count in raters.items()}
    return empty | found


def _measured(rows: list[Any], raters: int) -> Agreement:
    level = _LEVELS[rows[0].kind]
    values = sorted({_number(score, rows[0]) for row in rows for score in row.scores})
    places = {value: place for place, value in enumerate(values)}
    alpha = krippendorff_alpha(_counts(rows, places), values=values, level=level)
    return Agreement(alpha=alpha.value, level=level, items=len(rows), raters=raters)


def _counts(rows: list[Any], places: dict[float, int]) -> Iterator[list[int]]:
    for row in rows:
        counts = [0] * len(places)
        for score in row.scores:
            counts[places[_number(score, row)]] += 1
        yield counts


def _number(score: Any, row: Any) -> float:
    return float(row.categories.index(score) if row.kind == "categorical" else score)


def _by_model(session: Session) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in session.execute(_BY_MODEL):
        found.setdefault(row.model_id, {})[row.status] = row.n
    return found


def _by_validator(session: Session) -> list[dict[str, Any]]:
    rows = session.execute(_BY_VALIDATOR, {"most": _MOST_VALIDATORS})
    return [dict(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name.


def _time_to_verdict(session: Session) -> dict[str, Any]:
    row = session.execute(_TIME_TO_VERDICT).one()
    median, p90 = row.quantiles or (None, None)
    mean = None if row.mean is None else float(row.mean)
    return {"verdicts": row.n, "mean": mean, "median": median, "p90": p90}
