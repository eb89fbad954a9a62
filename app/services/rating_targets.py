"""What feedback is held against: the response, its dimensions, and how much is known of it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.orm import Session

from app.domain.text_bands import BANDS
from app.services import standings

# Everything that rating needs to know, in one query: the response, whose conversation
# it stands in, and the dimensions that apply (the model's own before the ones for all).
DIMENSIONS = """
       (SELECT jsonb_agg(jsonb_build_object(
            'id', d.id, 'name', d.name, 'version', d.version, 'scale', d.scale,
            'required', d.required, 'archived', d.archived_at IS NOT NULL)
            ORDER BY d.archived_at IS NOT NULL, d.model_id = 'all')
        FROM dimensions d WHERE d.model_id IN ('all', r.model_id)) AS dimensions"""
_ANSWER = """
SELECT r.id, r.status, r.interaction_id, r.model_id, r.content IS NOT NULL AS has_content,
       i.user_id AS owner_id"""
_COLUMNS = f"""{_ANSWER},{DIMENSIONS},
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
# One order for all: two that hold many never wait for each other.
_MANY = text(
    f"""{_ANSWER}, CASE WHEN r.id = ANY(CAST(:with_content AS uuid[])) THEN r.content END AS content
FROM responses r JOIN interactions i ON i.id = r.interaction_id
WHERE r.id = ANY(CAST(:ids AS uuid[])) ORDER BY r.id FOR NO KEY UPDATE OF r
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response, as far as rating it asks for; ``content`` for those who point at parts of it."""

    id: UUID
    interaction_id: UUID
    owner_id: str
    model_id: str
    status: str
    has_content: bool
    content: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAnswer(Answer):
    """The same with what applies to it, and with what is known of it and of who rates it."""

    dimensions: list[dict[str, Any]] | None
    weights: dict[str, float] | None
    evidence: dict[str, int] | None
    was_valid: int
    was_invalid: int
    alike: int


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


def hold_many(
    session: Session, *, ids: Collection[UUID], with_content: Collection[UUID]
) -> dict[UUID, Answer]:
    """Return those of the responses that are there; nobody else rates them until the commit."""
    if not ids:
        return {}
    values = {"ids": list(ids), "with_content": list(with_content)}
    return {row.id: Answer(**row._asdict()) for row in session.execute(_MANY, values)}
