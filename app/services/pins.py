"""Pins: turns that go to the model with every message, however long ago they were."""

from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.errors import Conflict, NotFound
from app.models import Prompt, Response
from app.services import events, interactions

MOST_PINS = 20


def pin(session: Session, *, principal: Principal, interaction_id: UUID, message_id: UUID) -> None:
    """Pin the turn that a question or an answer belongs to; again changes nothing.

    Raises NotFound, Forbidden and Conflict (``too_many_pins``).
    """
    prompt = _own_turn(session, principal, interaction_id, message_id)
    if prompt.pinned:
        return
    query = select(func.count()).where(Prompt.interaction_id == interaction_id, Prompt.pinned)
    if session.scalars(query).one() >= MOST_PINS:
        message = f"expected at most {MOST_PINS} pinned turns in a conversation, found as many"
        raise Conflict(message, code="too_many_pins")
    _set(session, principal, prompt, pinned=True)


def unpin(
    session: Session, *, principal: Principal, interaction_id: UUID, message_id: UUID
) -> None:
    """Pin it no more; again changes nothing. Raises NotFound and Forbidden."""
    prompt = _own_turn(session, principal, interaction_id, message_id)
    if prompt.pinned:
        _set(session, principal, prompt, pinned=False)


def _own_turn(
    session: Session, principal: Principal, interaction_id: UUID, message_id: UUID
) -> Prompt:
    """Return the turn; the conversation is locked, so that pins are counted one by one."""
    interactions.lock_own(session, principal=principal, interaction_id=interaction_id)
    of_answer = select(Response.prompt_id).where(Response.id == message_id).scalar_subquery()
    prompt = session.scalars(
        select(Prompt)
        .where(
            Prompt.interaction_id == interaction_id,
            or_(Prompt.id == message_id, Prompt.id == of_answer),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if prompt is None:
        raise NotFound(f"there is no message {message_id} in this interaction")
    return prompt


def _set(session: Session, principal: Principal, prompt: Prompt, *, pinned: bool) -> None:
    prompt.pinned = pinned
    events.record(
        session,
        type_="memory.pinned" if pinned else "memory.unpinned",
        subject=f"prompt:{prompt.id}",
        actor=principal.id,
        interaction_id=prompt.interaction_id,
        data={"id": str(prompt.id)},
    )
    session.flush()
