"""The queues of feedback that waits for a verdict or for an admin."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import priority
from app.domain.access import Principal
from app.domain.page import Page, PageRequest
from app.domain.states import FeedbackStatus
from app.models import Feedback
from app.services import feedback_views, keyset, open_feedback
from app.services.feedback_views import FeedbackView
from app.utils import clock


@dataclass(frozen=True, slots=True)
class QueuedFeedback:
    """Feedback with its priority now and the reasons for it."""

    feedback: FeedbackView
    priority: float
    reasons: dict[str, float]


def page_pending(
    session: Session,
    *,
    principal: Principal,
    page: PageRequest,
    model_id: str | None = None,
) -> Page:
    """Return what ``principal`` may validate now.

    It is neither its own nor on its own conversations, it has not judged it, and a place is
    left.
    """
    query = select(Feedback).where(*open_feedback.shown_to(principal))
    if model_id:
        query = query.where(Feedback.model_id == model_id)
    key = (Feedback.priority, Feedback.id)
    found = keyset.descending(session, query=query, by=key, page=page)
    views = feedback_views.many(session, rows=found.items, reader=None)
    return Page([_queued(view) for view in views], found.next_key)


def _queued(view: FeedbackView) -> QueuedFeedback:
    number, reasons = priority.explain(view.reasons, view.created_at, clock.now())
    return QueuedFeedback(feedback=view, priority=number, reasons=reasons)


def page_tied(session: Session, *, principal: Principal, page: PageRequest) -> Page:
    """Return what waits for an admin's decision and is not their own, newest first."""
    query = select(Feedback).where(
        Feedback.status == FeedbackStatus.TIED,
        Feedback.user_id != principal.id,
        Feedback.owner_id != principal.id,
    )
    found = keyset.descending(session, query=query, by=(Feedback.id,), page=page)
    views = feedback_views.many(session, rows=found.items, reader=principal)
    return Page(views, found.next_key)
