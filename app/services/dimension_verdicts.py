"""Dimension verdicts: what a verdict says of single ratings, held against what was rated."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.scale import parse_scale
from app.errors import Invalid
from app.models import (
    Dimension,
    DimensionRating,
    DimensionVersion,
    Feedback,
    ValidationDimension,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDimensionVerdict:
    """Whether the rating of a dimension is right, as given; the dimension by id or by name."""

    dimension: str
    is_valid: bool
    notes: str | None = None
    correct_score: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionVerdictView:
    """Whether the rating of a dimension is right, and what it should have been."""

    dimension_id: UUID
    dimension_name: str
    dimension_version: int
    is_valid: bool
    notes: str | None
    correct_score: Any


def fit(
    session: Session, *, target: Feedback, given: Sequence[GivenDimensionVerdict]
) -> list[DimensionVerdictView]:
    """Return what is said of the dimensions that feedback, which the caller has locked, rates.

    Raises Invalid, with every fault at its place: a dimension that the feedback does not rate
    or that stands twice, a score that is not on the scale of the rating.
    """
    return _fit(given, _rated(session, target.id)) if given else []


def store(session: Session, *, validation_id: UUID, said: Sequence[DimensionVerdictView]) -> None:
    """Keep what a verdict says of dimensions, in the order it was said."""
    rows = [
        {
            "validation_id": validation_id,
            "position": place,
            **{name: getattr(view, name) for name in _STORED},
        }
        for place, view in enumerate(said)
    ]
    if rows:
        session.execute(insert(ValidationDimension), rows)


def plain(said: Sequence[DimensionVerdictView]) -> list[dict[str, Any]]:
    """Return what is said of dimensions as values that JSON has."""
    return [{**asdict(view), "dimension_id": str(view.dimension_id)} for view in said]


def parsed(said: Sequence[dict[str, Any]]) -> list[DimensionVerdictView]:
    """Return what ``plain`` made values of."""
    return [
        DimensionVerdictView(**{**one, "dimension_id": UUID(one["dimension_id"])}) for one in said
    ]


def of_verdicts(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, list[DimensionVerdictView]]:
    """Return what verdicts say of dimensions, in the order it was said; one query for all."""
    found: dict[UUID, list[DimensionVerdictView]] = defaultdict(list)
    query = (
        select(ValidationDimension, Dimension.name)
        .join(Dimension, Dimension.id == ValidationDimension.dimension_id)
        .where(ValidationDimension.validation_id.in_(ids))
        .order_by(ValidationDimension.validation_id, ValidationDimension.position)
    )
    for row, name in session.execute(query) if ids else ():
        stored = {key: getattr(row, key) for key in _STORED}
        found[row.validation_id].append(DimensionVerdictView(dimension_name=name, **stored))
    return found


_STORED = tuple(name for name in DimensionVerdictView.__slots__ if name != "dimension_name")


def _rated(session: Session, feedback_id: UUID) -> dict[str, Any]:
    """Return what the feedback rates, by id and by name, each with the scale it was rated on."""
    query = (
        select(
            DimensionRating.dimension_id,
            DimensionRating.dimension_version,
            Dimension.name,
            DimensionVersion.scale,
        )
        .join(Dimension, Dimension.id == DimensionRating.dimension_id)
        .join(
            DimensionVersion,
            (DimensionVersion.dimension_id == DimensionRating.dimension_id)
            & (DimensionVersion.version == DimensionRating.dimension_version),
        )
        .where(DimensionRating.feedback_id == feedback_id)
    )
    rows = session.execute(query).all()
    return {key: row for row in rows for key in (str(row.dimension_id), row.name)}


def _fit(
    given: Sequence[GivenDimensionVerdict], rated: dict[str, Any]
) -> list[DimensionVerdictView]:
    errors: dict[int, dict[str, list[str]]] = {}
    fitted: dict[UUID, DimensionVerdictView] = {}
    for place, one in enumerate(given):
        row = rated.get(one.dimension)
        if row is None:
            message = f"expected a dimension that the feedback rates, found {one.dimension!r}"
            errors[place] = {"dimension_id": [message]}
        elif row.dimension_id in fitted:
            errors[place] = {"dimension_id": [f"{row.name!r} is judged twice"]}
        elif fault := _score_fault(one, row.scale):
            errors[place] = {"correct_score": [fault]}
        else:
            fitted[row.dimension_id] = _view(one, row)
    if errors:
        found: dict[str, Any] = {"dimension_verdicts": errors}
        raise Invalid("the verdicts on dimensions do not fit", errors=found)
    return list(fitted.values())


def _score_fault(one: GivenDimensionVerdict, scale: dict[str, Any]) -> str | None:
    return None if one.correct_score is None else parse_scale(scale).fault(one.correct_score)


def _view(one: GivenDimensionVerdict, row: Any) -> DimensionVerdictView:
    return DimensionVerdictView(
        dimension_id=row.dimension_id,
        dimension_name=row.name,
        dimension_version=row.dimension_version,
        is_valid=one.is_valid,
        notes=one.notes,
        correct_score=one.correct_score,
    )
