"""Feedback as readers see it, with its ratings and the names of their dimensions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.flagging import Flag, columns_of, flag_of
from app.domain.priority import unweighed
from app.domain.states import UNDECIDED
from app.models import Dimension, DimensionRating, Feedback
from app.services import blindness, provenance, spans
from app.services.provenance import Provenance
from app.services.spans import SpanView


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingView:
    """A score on one dimension."""

    dimension_id: UUID
    dimension_name: str
    dimension_version: int
    score: Any
    justification: str | None
    correct_response: str | None
    cannot_judge: bool = False
    cannot_judge_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """One person's feedback for one response."""

    id: UUID
    response_id: UUID
    interaction_id: UUID
    user_id: str | None
    status: str
    rating: str | None
    dimension_ratings: Sequence[RatingView]
    overall_comment: str | None
    correction: str | None
    flag: Flag | None
    cannot_judge: bool = False
    cannot_judge_reason: str | None = None
    spans: Sequence[SpanView] = ()
    created_at: datetime
    updated_at: datetime
    version: int
    reasons: dict[str, float] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)
    stances: dict[str, float] = field(default_factory=dict)
    return_reason: str | None = None
    appeal: str | None = None
    provenance: Provenance | None = None


def many(
    session: Session, *, rows: Sequence[Feedback], reader: Principal | None
) -> list[FeedbackView]:
    """Return the views of ``rows`` in their order; a query each for ratings, spans and origins.

    ``reader`` is who sees them, None somebody who is to judge them: in a blind round the
    author is hidden, and with them what might name them.
    """
    if not rows:
        return []
    ids = [row.id for row in rows]
    ratings, pointed = _ratings(session, ids), spans.of_feedback(session, ids=ids)
    origins = provenance.of_feedback(session, ids=ids)
    views = (_view(row, ratings.get(row.id, []), pointed.get(row.id, [])) for row in rows)
    return [
        _shown(view, author=_author(row, reader), origin=origins.get(row.id))
        for row, view in zip(rows, views, strict=True)
    ]


def _shown(view: FeedbackView, *, author: str | None, origin: Provenance | None) -> FeedbackView:
    if origin and author is None:
        origin = replace(origin, external_ids=())
    return replace(view, user_id=author, provenance=origin)


def _author(row: Feedback, reader: Principal | None) -> str | None:
    """Return who wrote it, None for who may have to judge it blindly."""
    if not row.blind or row.status not in UNDECIDED:
        return row.user_id
    if reader is None:
        return None
    is_of_theirs = reader.id in {row.user_id, row.owner_id}
    return None if blindness.is_judge(reader) and not is_of_theirs else row.user_id


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
                cannot_judge=rating.cannot_judge,
                cannot_judge_reason=rating.cannot_judge_reason,
            )
        )
    return found


def _view(
    row: Feedback, ratings: Sequence[RatingView], pointed: Sequence[SpanView]
) -> FeedbackView:
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
        flag=flag_of(text=row.flag, reason=row.flag_reason),
        cannot_judge=row.cannot_judge,
        cannot_judge_reason=row.cannot_judge_reason,
        spans=pointed,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        reasons=row.reasons,
        factors=factors_of(row),
        stances=row.stances or {},
        return_reason=row.return_reason,
        appeal=row.appeal,
    )


def factors_of(row: Feedback) -> dict[str, float]:
    """Return what the reasons for its place in the queue were made of."""
    return unweighed(row.reasons) if row.factors is None else row.factors


def stored_parts(view: FeedbackView) -> dict[str, Any]:
    """Return the columns of the feedback's own row that its parts are kept in."""
    return {
        "rating": view.rating,
        "overall_comment": view.overall_comment,
        "correction": view.correction,
        "cannot_judge": view.cannot_judge,
        "cannot_judge_reason": view.cannot_judge_reason,
        **columns_of(view.flag),
    }


def stored_ratings(view: FeedbackView) -> list[dict[str, Any]]:
    """Return the rows that its scores are kept in."""
    names = [name for name in RatingView.__slots__ if name != "dimension_name"]
    return [
        {"position": place, **{name: getattr(rating, name) for name in names}}
        for place, rating in enumerate(view.dimension_ratings)
    ]
