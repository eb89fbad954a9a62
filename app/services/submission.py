"""Submission: giving feedback, in two statements, and two more where others gave some."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import priority
from app.domain.access import Principal
from app.domain.priority import weights_of
from app.domain.states import FeedbackStatus
from app.errors import Conflict
from app.models import Feedback
from app.services import interactions, points, rating_targets, responses, spans, standings
from app.services.feedback_views import FeedbackView, stored_parts, stored_ratings
from app.services.fitting import Fitted, GivenFeedback, fit, refuse_contradictions
from app.services.spans import SpanView
from app.services.submission_statement import SUBMIT
from app.utils import clock
from app.utils.ids import new_id


def submit(
    session: Session, *, principal: Principal, response_id: UUID, given: GivenFeedback
) -> FeedbackView:
    """Store one person's feedback for one response.

    Raises NotFound (no such response for this person), Conflict (a second one, naming the
    first, or nothing there to rate yet) and Invalid (a dimension or score that does not fit).
    """
    bands = standings.bands_of(given)
    target = rating_targets.find_measured(
        session,
        response_id=response_id,
        user_id=principal.id,
        bands=bands,
        with_content=bool(given.spans),
    )
    if target is None or not interactions.may_see(principal, owner_id=target.owner_id):
        raise responses.missing(response_id)
    if not target.has_content:
        raise Conflict(
            f"expected a response with an answer, found it {target.status} without one",
            code="nothing_to_rate",
        )
    fitted = fit(given=given.ratings, dimensions=target.dimensions or [])
    has_text = None not in bands.values()
    view = _placed(_view(principal, target, given, fitted), target, fitted, has_text=has_text)
    values = {**_values(view, target), **bands, "has_text": has_text}
    stored = session.execute(SUBMIT, values).one_or_none()
    if stored is None:
        raise _already_given(session, principal, response_id)
    if stored.others:
        standings.after_rating(
            session,
            response_id=response_id,
            stances=[view.stances, *stored.others],
            weights=weights_of(target.weights),
        )
        points.count_submissions(session, numbers={(principal.id, points.day_of(stored.time)): 1})
    return view


def _view(principal: Principal, target: Any, given: GivenFeedback, fitted: Fitted) -> FeedbackView:
    now = clock.now()
    view = FeedbackView(
        id=new_id(),
        response_id=target.id,
        interaction_id=target.interaction_id,
        user_id=principal.id,
        status=FeedbackStatus.PENDING,
        rating=given.rating,
        dimension_ratings=fitted.ratings,
        overall_comment=given.overall_comment,
        correction=given.correction,
        flag=given.flag,
        cannot_judge=bool(given.cannot_judge),
        cannot_judge_reason=given.cannot_judge_reason,
        spans=_spans(target, given),
        created_at=now,
        updated_at=now,
        version=1,
    )
    refuse_contradictions(view, positions=fitted.positions)
    return view


def _placed(view: FeedbackView, target: Any, fitted: Fitted, *, has_text: bool) -> FeedbackView:
    """Return the view with the reasons for its place in the queue."""
    standing = standings.standing_of(target, rated=fitted.positions, has_text=has_text)
    said = standings.said_by(view, positions=fitted.positions.values())
    factors = priority.factors_of(said, standing)
    return replace(
        view,
        factors=factors,
        reasons=priority.weighed(factors, weights_of(target.weights)),
        stances=standings.stances_of(rating=view.rating, positions=fitted.positions),
    )


def _spans(target: Any, given: GivenFeedback) -> list[SpanView]:
    if not given.spans:
        return []
    return spans.fit(given=given.spans, content=target.content, dimensions=target.dimensions or [])


def _values(view: FeedbackView, target: Any) -> dict[str, Any]:
    return {
        "id": view.id,
        "response_id": view.response_id,
        "interaction_id": view.interaction_id,
        "owner_id": target.owner_id,
        "model_id": target.model_id,
        "user_id": view.user_id,
        **stored_parts(view),
        "priority": priority.queue_key(view.reasons, view.created_at),
        "reasons": view.reasons,
        "factors": view.factors,
        "stances": view.stances,
        "now": view.created_at,
        "ratings": stored_ratings(view),
        "spans": spans.rows_of(view.spans),
        "events": _events(view),
    }


def _events(view: FeedbackView) -> list[dict[str, Any]]:
    ids = {"feedback_id": view.id, "response_id": view.response_id}
    submitted = {"id": new_id(), "type": "feedback.submitted", "data": ids}
    if not view.rating and not view.overall_comment:
        return [submitted]
    data = {
        "id": view.response_id,
        "conversation_id": view.interaction_id,
        "feedback_id": view.id,
        "rating": view.rating or "",
    }
    return [submitted, {"id": new_id(), "type": "update_message", "data": data}]


def _already_given(session: Session, principal: Principal, response_id: UUID) -> Conflict:
    first = session.scalar(
        select(Feedback.id).where(
            Feedback.response_id == response_id, Feedback.user_id == principal.id
        )
    )
    return Conflict(
        f"you have given feedback {first} for this response already",
        code="feedback_exists",
        feedback_id=str(first),
    )
