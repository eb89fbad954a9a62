"""How dimensions fare: which are used, hard to judge, or tell everything apart from nothing."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.domain.dimension_health import Usage, signs
from app.domain.scope import MOST_ROWS, Scope
from app.domain.states import ALL_MODELS
from app.services import large_reads, rated_dimensions
from app.services.large_reads import filled
from app.services.rated_dimensions import RatedDimension

_SAID = filled("""
SELECT s.dimension_id, s.dimension_version AS version, s.score, count(*) AS n
FROM feedback f JOIN dimension_ratings s ON s.feedback_id = f.id
WHERE {given} AND s.feedback_id >= :low AND s.feedback_id < :high AND NOT s.refuted
GROUP BY 1, 2, 3
ORDER BY 1
""")


def health(session: Session, *, scope: Scope) -> list[dict[str, Any]]:
    """Return for each dimension in use how it was used in the period, and what that may mean.

    With a model, of the dimensions for all and of its own.
    """
    large_reads.prepare(session)
    dimensions = rated_dimensions.read(session)
    rows = large_reads.rows(
        session,
        statement=_SAID,
        values=scope.values(),
        many=any(one.carrier.is_fine for one in dimensions.values()),
    )
    found = {
        key: _told(dimensions[key], said)
        for key, said in groupby(rows, lambda row: row.dimension_id)
    }
    asked = {ALL_MODELS, scope.model_id}
    shown = (
        one
        for one in dimensions.values()
        if one.id in found
        or (not one.is_archived and (not scope.model_id or one.model_id in asked))
    )
    ordered = sorted(shown, key=lambda one: (one.name, one.model_id))
    return [found.get(one.id) or _told(one, ()) for one in ordered[: MOST_ROWS + 1]]


def _told(dimension: RatedDimension, rows: Iterable[Any]) -> dict[str, Any]:
    places: dict[float, int] = {}
    cannot = carried = left_out = 0
    for row in rows:
        if row.score is None:
            cannot += row.n
            continue
        place = dimension.place(row.score, version=row.version)
        if place is None:
            left_out += row.n
            continue
        places[place] = places.get(place, 0) + row.n
        carried += row.n if row.version != dimension.carrier.current.version else 0
    usage = Usage(
        scores=sum(places.values()),
        highest=places.get(1.0, 0),
        lowest=places.get(0.0, 0),
        different=len(places),
        cannot_judge=cannot,
    )
    return {
        "dimension_id": dimension.id,
        "dimension_name": dimension.name,
        "dimension_version": dimension.carrier.current.version,
        "model_id": dimension.model_id,
        **{name: getattr(usage, name) for name in usage.__slots__},
        "carried": carried,
        "left_out": left_out,
        "signs": [str(sign) for sign in signs(usage)],
    }
