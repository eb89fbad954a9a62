"""Responses: reading one, and ending those that a crash left open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.inference.base import InferenceError
from app.clients.live import Live
from app.domain.access import Principal
from app.domain.states import OPEN_RESPONSES
from app.errors import NotFound
from app.models import Interaction, Response
from app.services import endings, interactions, journal

_INTERRUPTED = InferenceError(
    "interrupted", "the service stopped before the model's answer was stored"
)


def get(session: Session, *, principal: Principal, response_id: UUID) -> Response:
    """Return a response that the principal may see; raises NotFound for all others."""
    row = session.execute(
        select(Response, Interaction.user_id)
        .join(Interaction, Interaction.id == Response.interaction_id)
        .where(Response.id == response_id)
    ).one_or_none()
    if row is None or not interactions.may_see(principal, owner_id=row.user_id):
        raise missing(response_id)
    response: Response = row.Response
    return response


def state(session: Session, *, response_id: UUID) -> Response:
    """Return a response as it is now; the caller has checked who may see it."""
    return session.get_one(Response, response_id, populate_existing=True)


def missing(response_id: UUID) -> NotFound:
    """Return the error for a response that is not there, or not for this caller."""
    return NotFound(f"there is no response {response_id} for you")


def end_overdue(session: Session, *, moment: datetime, limit: int, live: Live) -> int:
    """Fail up to ``limit`` open responses that were due before ``moment``; return how many.

    Whoever was to answer them is gone: the call's own deadline is over by far. What had come
    of them is kept, as far as anybody was told of it.
    """
    overdue = session.execute(
        select(Interaction.user_id, Response.id)
        .join(Interaction, Interaction.id == Response.interaction_id)
        .where(Response.status.in_(OPEN_RESPONSES), Response.due_at < moment)
        .order_by(Response.due_at)
        .limit(limit)
        .with_for_update(of=Response, skip_locked=True)
    ).all()
    # Person by person, in one order everywhere: two sweeps that settle budgets never wait for
    # each other.
    for row in sorted(overdue, key=lambda row: row.user_id):
        journal.recover(session, live=live, response_id=row.id)
        endings.fail(session, response_id=row.id, error=_INTERRUPTED)
    return len(overdue)
