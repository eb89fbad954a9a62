"""What can be selected: a selection of what is not there is refused, not answered with nothing."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.selection import Selection
from app.errors import Invalid, NotFound

# Whoever is served, spoken to, rated or rated on; the rarest look comes last.
_IS_KNOWN = text(
    """
SELECT EXISTS (SELECT FROM models WHERE model_id = :model_id)
    OR EXISTS (SELECT FROM feedback WHERE model_id = :model_id)
    OR EXISTS (SELECT FROM dimensions WHERE model_id = :model_id)
    OR EXISTS (SELECT FROM interactions WHERE model_id = :model_id)
"""
)
# Archived ones, too: what was scored on them stays.
_DIMENSIONS = text(
    """
SELECT name FROM dimensions WHERE model_id IN ('all', :model_id)
GROUP BY name ORDER BY min(position), name
"""
)


def check(session: Session, *, selection: Selection) -> None:
    """Raise NotFound for a model that nobody knows, and Invalid for an unknown dimension."""
    if not session.scalar(_IS_KNOWN, {"model_id": selection.model_id}):
        raise NotFound(
            f"there is no model {selection.model_id!r}: it is not served, and nobody has spoken to"
            " it or rated it",
            code="unknown_model",
        )
    check_dimensions(session, selection=selection)


def check_dimensions(session: Session, *, selection: Selection) -> None:
    """Raise Invalid where scores are asked for on a dimension that there is not."""
    if not selection.min_score:
        return
    known = dimensions_of(session, model_id=selection.model_id)
    unknown = [repr(name) for name, _ in selection.min_score if name not in known]
    if unknown:
        expected = f"expected some of {', '.join(known)}; found {', '.join(unknown)}"
        message = f"the model has no such dimension: {expected}"
        raise Invalid(message, errors={"min_score": [expected]})


def dimensions_of(session: Session, *, model_id: str) -> tuple[str, ...]:
    """Return the names of what answers of a model are scored on, in their order."""
    return tuple(session.scalars(_DIMENSIONS, {"model_id": model_id}))
