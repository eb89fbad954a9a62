"""How much there is: conversations, answers, feedback and verdicts, part by part of a period."""

from typing import Any

from sqlalchemy.orm import Session

from app.domain.scope import MOST_ROWS, Scope, Step
from app.services import large_reads
from app.services.large_reads import filled

_KINDS = ("interactions", "responses", "feedback", "preferences", "verdicts")
_SUMS = ", ".join(
    f"CAST(coalesce(sum(n) FILTER (WHERE kind = {kind}), 0) AS bigint) AS {name}"
    for kind, name in enumerate(_KINDS, 1)
)
_VOLUMES = filled(
    """
WITH counted AS (
    SELECT date_trunc(:step, i.created_at, 'UTC') AS at, i.model_id, count(*) AS n, 1 AS kind
    FROM interactions i WHERE {period[i]} AND {model[i]} GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc(:step, r.created_at, 'UTC'), r.model_id, count(*), 2
    FROM responses r WHERE {period[r]} AND {model[r]} GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc(:step, f.created_at, 'UTC'), f.model_id, count(*), 3
    FROM feedback f WHERE {period[f]} AND {model[f]} GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc(:step, p.created_at, 'UTC'), i.model_id, count(*), 4
    FROM preferences p JOIN interactions i ON i.id = p.interaction_id
    WHERE {period[p]} AND {model[i]} GROUP BY 1, 2
    UNION ALL
    SELECT date_trunc(:step, v.created_at, 'UTC'), f.model_id, count(*), 5
    FROM validations v JOIN feedback f ON f.id = v.feedback_id
    WHERE {period[v]} AND {model[f]} GROUP BY 1, 2
), told AS MATERIALIZED (
    SELECT CAST(at AT TIME ZONE 'UTC' AS date) AS begins, model_id, {sums}
    FROM counted GROUP BY 1, 2
)
SELECT * FROM told ORDER BY begins, model_id LIMIT :most
""",
    sums=_SUMS,
)

# Counted before the limit is known, or the plan would be one for a few rows.
_TIMES = filled("""
WITH told AS MATERIALIZED (
    SELECT CAST(date_trunc(:step, v.created_at, 'UTC') AT TIME ZONE 'UTC' AS date) AS begins,
           f.model_id, count(*) AS verdicts, avg(seconds) AS mean_seconds,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds) AS quantiles
    FROM validations v JOIN feedback f ON f.id = v.feedback_id,
         LATERAL (SELECT date_part('epoch', v.created_at - f.created_at) AS seconds) took
    WHERE {period[v]} AND {model[f]}
    GROUP BY 1, 2
)
SELECT * FROM told ORDER BY begins, model_id LIMIT :most
""")


def volumes(session: Session, *, scope: Scope, step: Step) -> list[dict[str, Any]]:
    """Return how much began in each part of the period with each model.

    One row more than MOST_ROWS says that there are more.
    """
    return _read(session, _VOLUMES, scope, step)


def times_to_verdict(session: Session, *, scope: Scope, step: Step) -> list[dict[str, Any]]:
    """Return how long verdicts took from the submission on, by when they were given."""
    rows = _read(session, _TIMES, scope, step)
    for row in rows:
        row["median_seconds"], row["p90_seconds"] = row.pop("quantiles")
    return rows


def _read(session: Session, statement: str, scope: Scope, step: Step) -> list[dict[str, Any]]:
    large_reads.prepare(session)
    values = {**scope.values(), "step": str(step), "most": MOST_ROWS + 1}
    rows = large_reads.rows(session, statement=statement, values=values)
    return [dict(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name.
