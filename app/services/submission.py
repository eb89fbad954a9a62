"""Submission: giving feedback, in two statements, and two more where others gave some."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.priority import weights_of
from app.errors import Conflict
from app.models import Feedback
from app.services import drafts, interactions, points, rating_targets, responses, spans, standings
from app.services.drafts import Draft
from app.services.feedback_views import FeedbackView, stored_ratings
from app.services.fitting import GivenFeedback
from app.services.submission_statement import SUBMIT
from app.utils.ids import new_id


def submit(
    session: Session, *, principal: Principal, response_id: UUID, given: GivenFeedback
) -> FeedbackView:
    """Store one person's feedback for one response.

    Raises NotFound (no such response for this person), Conflict (a second one, naming the
    first, or nothing there to rate yet) and Invalid (a dimension or score that does not fit).
    """
    offer = drafts.offer(user_id=principal.id, given=given)
    target = rating_targets.find_measured(
        session,
        response_id=response_id,
        user_id=principal.id,
        bands=offer.bands,
        with_content=bool(given.spans),
    )
    if target is None or not interactions.may_see(principal, owner_id=target.owner_id):
        raise responses.missing(response_id)
    draft = drafts.draft(offer=offer, target=target)
    stored = session.execute(SUBMIT, _values(draft)).one_or_none()
    if stored is None:
        raise _already_given(session, principal, response_id)
    if stored.others:
        standings.after_rating(
            session,
            response_id=response_id,
            stances=[draft.view.stances, *stored.others],
            weights=weights_of(target.weights),
        )
        points.count_submissions(session, numbers={(principal.id, points.day_of(stored.time)): 1})
    return draft.view


def _values(draft: Draft) -> dict[str, Any]:
    told = drafts.events_of(draft.view)
    return {
        **drafts.columns_of(draft),
        **draft.offer.bands,
        "has_text": draft.offer.has_text,
        "now": draft.view.created_at,
        "ratings": stored_ratings(draft.view),
        "spans": spans.rows_of(draft.view.spans),
        "events": [{"id": new_id(), "type": type_, "data": data} for type_, data in told],
    }


def _already_given(session: Session, principal: Principal, response_id: UUID) -> Conflict:
    first = session.scalar(
        select(Feedback.id).where(
            Feedback.response_id == response_id, Feedback.user_id == principal.id
        )
    )
    return already_given(first)


def already_given(first: UUID | None) -> Conflict:
    """Return the error for a second one by the same person, which names the first."""
    return Conflict(
        f"you have given feedback {first} for this response already",
        code="feedback_exists",
        feedback_id=str(first),
    )
