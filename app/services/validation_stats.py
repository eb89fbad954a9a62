"""Numbers about validation: how much, by whom, how fast, and how well raters agree."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.scope import Everything
from app.domain.states import FeedbackStatus
from app.services import score_agreement
from app.services.score_agreement import Agreement

_MOST_VALIDATORS = 100

_BY_MODEL = text(
    "SELECT model_id, status, count(*) AS n FROM feedback GROUP BY model_id, status "
    "ORDER BY model_id, status"
)

_BY_VALIDATOR = text(
    """
SELECT validator_id, count(*) FILTER (WHERE is_valid) AS valid,
       count(*) FILTER (WHERE NOT is_valid) AS invalid,
       count(*) FILTER (WHERE is_valid IS NULL) AS returned
FROM validations v
-- Who polls must not learn who said what in a blind round that is still open.
WHERE NOT v.blind OR NOT EXISTS (
    SELECT FROM feedback f
    WHERE f.id = v.feedback_id AND f.status = 'pending' AND f.round = v.round)
GROUP BY validator_id
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

# What validation compares: numbers by their distance, words for being the same.
_LEVELS = {"numeric": "interval"}


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
    return {
        rated.dimension.full_name: score_agreement.agreement(
            rated, level=_LEVELS.get(rated.dimension.kind, "nominal")
        )
        for rated in score_agreement.read(session, scope=Everything())
    }


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
