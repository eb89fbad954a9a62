"""What feedback is held against: the response, its dimensions, and how much is known of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.orm import Session

from app.domain.text_bands import BANDS
from app.services import standings

# Everything that rating needs to know, in one query: the response, whose conversation
# it stands in, and the dimensions that apply (the model's own before the ones for all).
_COLUMNS = """
SELECT r.id, r.status, r.interaction_id, r.model_id, r.content IS NOT NULL AS has_content,
       i.user_id AS owner_id,
       (SELECT jsonb_agg(jsonb_build_object(
            'id', d.id, 'name', d.name, 'version', d.version, 'scale', d.scale,
            'required', d.required, 'archived', d.archived_at IS NOT NULL)
            ORDER BY d.archived_at IS NOT NULL, d.model_id = 'all')
        FROM dimensions d WHERE d.model_id IN ('all', r.model_id)) AS dimensions,
       CASE WHEN :with_content THEN r.content END AS content"""
_FROM = """
FROM responses r JOIN interactions i ON i.id = r.interaction_id
WHERE r.id = :response_id
"""
_TARGET = text(_COLUMNS + _FROM)
# Those who rate one response take turns, so that each sees what the one before has said.
_MEASURED = text(f"{_COLUMNS},{standings.COLUMNS}{_FROM}FOR NO KEY UPDATE OF r").bindparams(
    *(bindparam(f"band_{number}", type_=BigInteger) for number in range(1, BANDS + 1))
)


def find(session: Session, *, response_id: UUID, with_content: bool = False) -> Any:
    """Return the response with what applies to it, or None; who may see it is not asked."""
    values = {"response_id": response_id, "with_content": with_content}
    return session.execute(_TARGET, values).one_or_none()


def find_measured(
    session: Session,
    *,
    response_id: UUID,
    user_id: str,
    bands: dict[str, int | None],
    with_content: bool = False,
) -> Any:
    """Return the same and what is known of it; nobody else rates it until the commit."""
    values = {"response_id": response_id, "with_content": with_content, "user_id": user_id}
    return session.execute(_MEASURED, values | bands).one_or_none()
