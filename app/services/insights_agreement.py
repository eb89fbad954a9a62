"""How well people agree: alpha of scores, and kappas of pairs of people on what both rated."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.domain.kappa import Weights, cohen_kappa
from app.domain.scope import MOST_PEOPLE, MOST_ROWS, Scope
from app.services import insights_preferences, large_reads, rated_dimensions, score_agreement
from app.services.large_reads import filled
from app.services.rated_dimensions import RatedDimension
from app.services.score_agreement import LEVELS

# Whoever wrote what is hidden until it is decided is in no pair until then.
_HIDDEN = "(f.blind AND f.status IN ('pending', 'returned', 'tied'))"
# Numbers are compared by the square of their distance, words for being the same.
_WEIGHTS: dict[str, Weights] = {"numeric": "quadratic"}
# People meet within each response, laid side by side: no plan can make that a join of all
# with all, whatever the database knows of its tables.
_PAIRS = filled(
    """
WITH given AS MATERIALIZED (
    SELECT f.id, f.response_id, f.user_id, count(*) OVER (PARTITION BY f.response_id) AS several
    FROM feedback f WHERE {given} AND NOT {hidden}
), busiest AS (
    SELECT user_id FROM given WHERE several > 1
    GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT :people
), met AS (
    SELECT s.dimension_id, array_agg(given.user_id ORDER BY given.user_id) AS people,
           array_agg(s.dimension_version ORDER BY given.user_id) AS versions,
           array_agg(s.score ORDER BY given.user_id) AS scores
    FROM given JOIN dimension_ratings s ON s.feedback_id = given.id
    WHERE given.several > 1 AND given.user_id IN (SELECT user_id FROM busiest)
          AND s.feedback_id >= :low AND s.feedback_id < :high
          AND s.score IS NOT NULL AND NOT s.refuted
    GROUP BY s.dimension_id, given.response_id
    HAVING count(*) > 1
)
SELECT dimension_id, people[a] AS one, people[b] AS other, versions[a] AS one_version,
       scores[a] AS one_score, versions[b] AS other_version, scores[b] AS other_score,
       count(*) AS n
FROM met, generate_series(1, cardinality(people)) a, generate_series(a + 1, cardinality(people)) b
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 1, 2, 3
""",
    hidden=_HIDDEN,
)


def report(session: Session, *, scope: Scope) -> dict[str, Any]:
    """Return alpha of scores, kappas of pairs of people, and how well preferences agree."""
    return {
        "items": _alphas(session, scope),
        "pairs": _kappas(session, scope),
        "preferences": insights_preferences.preferences(session, scope=scope),
    }


def _alphas(session: Session, scope: Scope) -> list[dict[str, Any]]:
    """Return Krippendorff's alpha for each dimension and model, at each level that it allows."""
    found = (
        {
            "dimension_id": rated.dimension.id,
            "dimension_name": rated.dimension.name,
            "model_id": rated.model_id,
            "agreement": score_agreement.agreement(rated, level=level),
        }
        for rated in score_agreement.read(session, scope=scope, by_model=True)
        for level in LEVELS[rated.dimension.kind]
    )
    return list(islice(found, MOST_ROWS + 1))


def _kappas(session: Session, scope: Scope) -> list[dict[str, Any]]:
    """Return Cohen's kappa for each dimension and two people who rated the same responses.

    Of everybody, the people who rated most of what others rated as well.
    """
    dimensions = rated_dimensions.read(session)
    rows = large_reads.rows(
        session,
        statement=_PAIRS,
        values={**scope.values(), "people": MOST_PEOPLE},
        many=any(one.carrier.is_fine for one in dimensions.values()),
    )
    grouped = groupby(rows, lambda row: (row.dimension_id, row.one, row.other))
    found = (_pair(dimensions[key[0]], key[1:], met) for key, met in grouped)
    return list(islice(filter(None, found), MOST_ROWS + 1))


def _pair(
    dimension: RatedDimension, people: tuple[str, str], rows: Iterable[Any]
) -> dict[str, Any] | None:
    """Return the kappa of two people, None where none of their scores count."""
    met = list(_places(dimension, rows))
    places = sorted({place for one in met for place in one[:2]})
    if not places:
        return None
    columns = {place: column for column, place in enumerate(places)}
    table = np.zeros((len(places), len(places)))
    for one, other, times in met:
        table[columns[one], columns[other]] += times
    weights = _WEIGHTS.get(dimension.kind, "unweighted")
    kappa = cohen_kappa(table, values=places, weights=weights)
    return {
        "dimension_id": dimension.id,
        "dimension_name": dimension.name,
        "one": people[0],
        "other": people[1],
        "items": kappa.items,
        "same": round(float(np.trace(table))),
        "kappa": kappa.value,
        "weights": weights,
        "reason": kappa.undefined,
    }


def _places(dimension: RatedDimension, rows: Iterable[Any]) -> Iterator[tuple[float, float, int]]:
    for row in rows:
        one = dimension.place(row.one_score, version=row.one_version)
        other = dimension.place(row.other_score, version=row.other_version)
        if one is not None and other is not None:
            yield one, other, row.n
