"""Feedback: finding it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.page import Page, PageRequest
from app.errors import NotFound
from app.models import Feedback, FeedbackRevision, Interaction
from app.services import feedback_views, keyset, responses
from app.services.feedback_views import FeedbackView


def get(session: Session, *, principal: Principal, feedback_id: UUID) -> FeedbackView:
    """Return feedback to its author or to those who may read all."""
    row = find(session, principal=principal, feedback_id=feedback_id)
    return feedback_views.many(session, rows=[row], reader=principal)[0]


def find(session: Session, *, principal: Principal, feedback_id: UUID) -> Feedback:
    """Return the row of feedback that the principal may read; raises NotFound.

    That is decided before more is read: what one may not know of must not take longer, either.
    """
    row = session.get(Feedback, feedback_id)
    if row is None or not may_read(principal, row=row):
        raise missing(feedback_id)
    return row


def may_read(principal: Principal, *, row: Feedback) -> bool:
    """Say whether it is the principal's own, or whether they may read all."""
    return row.user_id == principal.id or principal.can(Permission.FEEDBACK_READ_ALL)


def missing(feedback_id: UUID) -> NotFound:
    """Return the error for feedback that is not there, or not for this caller."""
    return NotFound(f"there is no feedback {feedback_id} for you")


def list_revisions(
    session: Session, *, principal: Principal, feedback_id: UUID, page: PageRequest
) -> Page:
    """Return what changes have replaced, the last one first."""
    find(session, principal=principal, feedback_id=feedback_id)
    query = select(FeedbackRevision).where(FeedbackRevision.feedback_id == feedback_id)
    return keyset.descending(session, query=query, by=(FeedbackRevision.version,), page=page)


def list_own(
    session: Session,
    *,
    principal: Principal,
    page: PageRequest,
    status: str | None = None,
) -> Page:
    """Return the principal's own feedback, newest first."""
    query = select(Feedback).where(Feedback.user_id == principal.id)
    if status:
        query = query.where(Feedback.status == status)
    return _newest_first(session, principal, query, page)


def list_for_response(
    session: Session, *, principal: Principal, response_id: UUID, page: PageRequest
) -> Page:
    """Return a response's feedback: one's own, or all for validators and the owner."""
    response = responses.get(session, principal=principal, response_id=response_id)
    query = select(Feedback).where(Feedback.response_id == response_id)
    owner_id = session.get_one(Interaction, response.interaction_id).user_id
    if owner_id != principal.id and not principal.can(Permission.FEEDBACK_READ_ALL):
        query = query.where(Feedback.user_id == principal.id)
    return _newest_first(session, principal, query, page)


def _newest_first(session: Session, principal: Principal, query: Any, page: PageRequest) -> Page:
    found = keyset.descending(session, query=query, by=(Feedback.id,), page=page)
    return Page(feedback_views.many(session, rows=found.items, reader=principal), found.next_key)
