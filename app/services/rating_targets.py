"""What feedback is held against: the response, its dimensions, and what it is worth a look for."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import priority
from app.services.feedback_views import FeedbackView

# Everything that rating needs to know, in one query: the response, whose conversation
# it stands in, and the dimensions that apply (the model's own before the ones for all).
_TARGET = text(
    """
SELECT r.id, r.status, r.interaction_id, r.model_id, r.content IS NOT NULL AS has_content,
       i.user_id AS owner_id,
       (SELECT jsonb_agg(jsonb_build_object(
            'id', d.id, 'name', d.name, 'version', d.version, 'scale', d.scale,
            'required', d.required, 'archived', d.archived_at IS NOT NULL)
            ORDER BY d.archived_at IS NOT NULL, d.model_id = 'all')
        FROM dimensions d WHERE d.model_id IN ('all', r.model_id)) AS dimensions,
       CASE WHEN :with_content THEN r.content END AS content
FROM responses r JOIN interactions i ON i.id = r.interaction_id
WHERE r.id = :response_id
"""
)


def find(session: Session, *, response_id: UUID, with_content: bool = False) -> Any:
    """Return the response with what applies to it, or None; who may see it is not asked."""
    values = {"response_id": response_id, "with_content": with_content}
    return session.execute(_TARGET, values).one_or_none()


def reasons_of(view: FeedbackView, *, positions: Iterable[float]) -> dict[str, float]:
    """Return why feedback deserves attention; ``positions`` are where its scores lie."""
    return priority.reasons_for(
        positions=list(positions),
        rating=view.rating,
        has_correction=view.correction is not None
        or any(rating.correct_response for rating in view.dimension_ratings),
        is_flagged=view.flag is not None,
    )
