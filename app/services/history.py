"""History: the messages of a conversation in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.page import Page, PageRequest, page_of

_QUESTION, _ANSWER = 0, 1

# One answer a prompt: the chosen one, else the newest complete one, else the newest.
_TURNS = text(
    """
SELECT p.id AS prompt_id, p.sequence, p.content AS question, p.created_at AS asked_at,
       p.pinned,
       r.id AS response_id, r.content AS answer, r.status, r.created_at AS answered_at,
       f.rating
FROM prompts p
LEFT JOIN LATERAL (
    SELECT id, content, status, created_at FROM responses
    WHERE prompt_id = p.id
    ORDER BY (id = p.chosen_response_id) DESC NULLS LAST, (status = 'complete') DESC, id DESC
    LIMIT 1
) r ON true
LEFT JOIN feedback f ON f.response_id = r.id AND f.user_id = :viewer
WHERE p.interaction_id = :interaction_id AND p.sequence >= :first
ORDER BY p.sequence
LIMIT :turns
"""
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``key`` is its place: the number of the turn, and question or answer."""

    id: UUID
    role: str
    content: str
    created_at: datetime
    prompt_id: UUID
    key: tuple[int, int]
    response_id: UUID | None = None
    status: str | None = None
    rating: str | None = None
    pinned: bool = False


def page_messages(
    session: Session, *, principal: Principal, interaction_id: UUID, page: PageRequest
) -> Page:
    """Return a page of messages, oldest first; the caller has checked who may read."""
    after = page.after or (0, _ANSWER)
    rows = session.execute(
        _TURNS,
        {
            "interaction_id": interaction_id,
            "viewer": principal.id,
            "first": after[0],
            # Both messages of a turn may fit, or one was shown already: one turn more.
            "turns": page.limit // 2 + 2,
        },
    ).all()
    messages = [message for row in rows for message in _messages(row) if message.key > after]
    return page_of(messages, page, lambda message: message.key)


def _messages(row: Any) -> Iterator[Message]:
    yield Message(
        id=row.prompt_id,
        role="user",
        content=row.question,
        created_at=row.asked_at,
        prompt_id=row.prompt_id,
        pinned=row.pinned,
        key=(row.sequence, _QUESTION),
    )
    if row.response_id is not None:
        yield Message(
            id=row.response_id,
            role="assistant",
            content=row.answer or "",
            created_at=row.answered_at,
            prompt_id=row.prompt_id,
            response_id=row.response_id,
            status=row.status,
            rating=row.rating,
            pinned=row.pinned,
            key=(row.sequence, _ANSWER),
        )
