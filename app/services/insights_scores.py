"""What scores say: of each model and its versions on each dimension, and how dimensions fare."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from sqlalchemy.orm import Session

from app.domain.scope import MOST_ROWS, Scope, Step
from app.domain.score_summary import ScoreSummary
from app.services import large_reads, rated_dimensions
from app.services.large_reads import filled
from app.services.rated_dimensions import RatedDimension

# {at} is where a part of the period begins, or nothing where they are not told apart.
_SCORES = """
SELECT s.dimension_id, f.model_id, r.model_version,
       CAST({at} AT TIME ZONE 'UTC' AS date) AS begins,
       s.dimension_version AS version, s.score, count(*) AS n
FROM feedback f
JOIN dimension_ratings s ON s.feedback_id = f.id
JOIN responses r ON r.id = f.response_id
WHERE {given} AND s.feedback_id >= :low AND s.feedback_id < :high
      AND s.score IS NOT NULL AND NOT s.refuted
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4
"""
_PARTS = "date_trunc(:step, f.created_at, 'UTC')"
_WHOLE = "CAST(NULL AS timestamptz)"


def scores(session: Session, *, scope: Scope, step: Step | None) -> list[dict[str, Any]]:
    """Return a summary for each dimension, model, its version and part of the period.

    Without a ``step`` the period is one part. Scores of older scales are carried to the
    current one where mappings say so. One row more than MOST_ROWS says that there are more.
    """
    large_reads.prepare(session)
    dimensions = rated_dimensions.read(session)
    rows = large_reads.rows(
        session,
        statement=filled(_SCORES, at=_PARTS if step else _WHOLE),
        values={**scope.values(), "step": str(step or "")},
        many=any(one.carrier.is_fine for one in dimensions.values()),
    )
    groups = groupby(
        rows, lambda row: (row.dimension_id, row.model_id, row.model_version, row.begins)
    )
    return list(islice(_summaries(dimensions, groups), MOST_ROWS + 1))


def _summaries(dimensions: Any, groups: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for (dimension_id, model_id, model_version, begins), rows in groups:
        dimension = dimensions[dimension_id]
        yield {
            "dimension_id": dimension_id,
            "dimension_name": dimension.name,
            "dimension_version": dimension.carrier.current.version,
            "model_id": model_id,
            "model_version": model_version,
            "begins": begins,
            **_summed_up(dimension, rows),
        }


def _summed_up(dimension: RatedDimension, rows: Iterable[Any]) -> dict[str, Any]:
    """Return what is said of scores that come with their number ``n``."""
    summary = ScoreSummary(dimension.carrier.scale)
    carried = left_out = 0
    for row in rows:
        score = dimension.carried(row.score, version=row.version)
        if score is None:
            left_out += row.n
            continue
        summary.add(score, times=row.n)
        carried += row.n if row.version != dimension.carrier.current.version else 0
    return {
        "n": summary.n,
        "mean": summary.mean,
        "spread": summary.spread,
        "distribution": summary.distribution,
        "carried": carried,
        "left_out": left_out,
    }
