"""Dimensions as those who count scores need them: names, scales, and what carries over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.scale import place_on
from app.domain.scale_mapping import Carrier, ScaleVersion
from app.domain.states import ALL_MODELS
from app.models import Dimension, DimensionVersion

# A scale without steps may have as many scores as ratings.
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedDimension:
    """A dimension, and what scores of any of its versions are on its current scale."""

    id: UUID
    name: str
    model_id: str
    is_archived: bool
    carrier: Carrier
    # The carrier's own, with what it found; a boolean and a number are equal, but not here.
    carry: Callable[..., Any]

    @property
    def kind(self) -> str:
        """The type of its scale."""
        return str(self.carrier.current.scale["type"])

    @property
    def full_name(self) -> str:
        """Its name, with its model where it is not for all."""
        return self.name if self.model_id == ALL_MODELS else f"{self.name} ({self.model_id})"

    def carried(self, score: Any, *, version: int) -> Any:
        """Return the score on the current scale, or None where nobody said what it is."""
        if version == self.carrier.current.version:
            return score
        return self.carry(score, version=version)

    def place(self, score: Any, *, version: int) -> float | None:
        """Return where a score lies on the current scale, between 0 and 1, or None."""
        carried = self.carried(score, version=version)
        return None if carried is None else place_on(self.carrier.scale, carried)


def read(session: Session) -> dict[UUID, RatedDimension]:
    """Return all dimensions, archived ones too."""
    query = (
        select(DimensionVersion, Dimension.name, Dimension.model_id, Dimension.archived_at)
        .join(Dimension, Dimension.id == DimensionVersion.dimension_id)
        .order_by(Dimension.id, DimensionVersion.version)
    )
    rows = session.execute(query).all()
    grouped = groupby(rows, lambda row: row.DimensionVersion.dimension_id)
    return {key: _dimension(list(versions)) for key, versions in grouped}


def _dimension(rows: list[Any]) -> RatedDimension:
    versions = [
        ScaleVersion(version=row.version, scale=row.scale, mapping=row.mapping)
        for row in (one.DimensionVersion for one in rows)
    ]
    (row, *_) = rows
    carrier = Carrier(versions)
    return RatedDimension(
        id=row.DimensionVersion.dimension_id,
        name=row.name,
        model_id=row.model_id,
        is_archived=row.archived_at is not None,
        carrier=carrier,
        carry=lru_cache(maxsize=_MOST_KNOWN, typed=True)(carrier.carry),
    )
