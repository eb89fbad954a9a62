"""Feedback as readers see it, with its ratings and the names of their dimensions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Dimension, DimensionRating, Feedback


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingView:
    """A score on one dimension."""

    dimension_id: UUID
    dimension_name: str
    dimension_version: int
    score: Any
    justification: str | None
    correct_response: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """One person's feedback for one response."""

    id: UUID
    response_id: UUID
    interaction_id: UUID
    user_id: str
    status: str
    rating: str | None
    dimension_ratings: Sequence[RatingView]
    overall_comment: str | None
    correction: str | None
    flag: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    reasons: dict[str, float] = field(default_factory=dict)


def many(session: Session, *, rows: Sequence[Feedback]) -> list[FeedbackView]:
    """Return the views of ``rows`` in their order; one query for all their ratings."""
    ratings = _ratings(session, [row.id for row in rows]) if rows else {}
    return [_view(row, ratings.get(row.id, [])) for row in rows]


def _ratings(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[RatingView]]:
    query = (
        select(DimensionRating, Dimension.name)
        .join(Dimension, Dimension.id == DimensionRating.dimension_id)
        .where(DimensionRating.feedback_id.in_(ids))
        .order_by(DimensionRating.feedback_id, DimensionRating.position)
    )
    found: dict[UUID, list[RatingView]] = defaultdict(list)
    for rating, name in session.execute(query):
        found[rating.feedback_id].append(
            RatingView(
                dimension_id=rating.dimension_id,
                dimension_name=name,
                dimension_version=rating.dimension_version,
                score=rating.score,
                justification=rating.justification,
                correct_response=rating.correct_response,
            )
        )
    return found


def _view(row: Feedback, ratings: Sequence[RatingView]) -> FeedbackView:
    return FeedbackView(
        id=row.id,
        response_id=row.response_id,
        interaction_id=row.interaction_id,
        user_id=row.user_id,
        status=row.status,
        rating=row.rating,
        dimension_ratings=ratings,
        overall_comment=row.overall_comment,
        correction=row.correction,
        flag=row.flag,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        reasons=row.reasons,
    )
