"""Submission: giving feedback, in two statements, and two more where others gave some."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.domain import priority
from app.domain.access import Principal
from app.domain.priority import weights_of
from app.domain.states import FeedbackStatus
from app.domain.text_bands import BANDS
from app.errors import Conflict
from app.models import Feedback
from app.services import interactions, points, rating_targets, responses, spans, standings
from app.services.feedback_views import FeedbackView, stored_parts, stored_ratings
from app.services.fitting import Fitted, GivenFeedback, fit, refuse_contradictions
from app.services.spans import SpanView
from app.utils import clock
from app.utils.ids import new_id

# The unique key decides who was first; nothing is written for a second one. The rules of its
# validation are those that hold now: whoever changes a policy changes no open round. The day is
# counted at the end, after the feedback of others is locked: so does who judges one of those.
_SUBMIT = text(
    """
WITH policy AS (
    SELECT validators, quorum, blind, trusted_weight, leased_only FROM validation_policies
    WHERE model_id IN (:model_id, 'all') ORDER BY model_id = 'all' LIMIT 1
), given AS (
    INSERT INTO feedback
        (id, response_id, interaction_id, owner_id, model_id, user_id, rating,
         overall_comment, correction, flag, flag_reason, cannot_judge, cannot_judge_reason,
         priority, reasons, factors, stances, created_at, updated_at,
         validators, quorum, blind, trusted_weight, leased_only)
    VALUES
        (:id, :response_id, :interaction_id, :owner_id, :model_id, :user_id, :rating,
         :overall_comment, :correction, :flag, :flag_reason, :cannot_judge,
         :cannot_judge_reason, :priority, :reasons, :factors, :stances, :now, :now,
         COALESCE((SELECT validators FROM policy), 1),
         COALESCE((SELECT quorum FROM policy), 0.5),
         COALESCE((SELECT blind FROM policy), false),
         COALESCE((SELECT trusted_weight FROM policy), 1),
         COALESCE((SELECT leased_only FROM policy), false))
    ON CONFLICT (response_id, user_id) DO NOTHING
    RETURNING id
), scores AS (
    INSERT INTO dimension_ratings
        (feedback_id, dimension_id, dimension_version, position, score, justification,
         correct_response, cannot_judge, cannot_judge_reason)
    SELECT given.id, s.dimension_id, s.dimension_version, s.position, s.score,
           s.justification, s.correct_response, s.cannot_judge, s.cannot_judge_reason
    FROM given, jsonb_to_recordset(:ratings) AS s(
        dimension_id uuid, dimension_version int, position int, score jsonb,
        justification text, correct_response text, cannot_judge boolean,
        cannot_judge_reason text)
), pointed AS (
    INSERT INTO feedback_spans (feedback_id, position, start, stop, dimension_id, note)
    SELECT given.id, s.position, s.start, s.stop, s.dimension_id, s.note
    FROM given, jsonb_to_recordset(:spans) AS s(
        position int, start int, stop int, dimension_id uuid, note text)
), sketch AS (
    INSERT INTO feedback_sketches (feedback_id, band_1, band_2, band_3)
    SELECT id, :band_1, :band_2, :band_3 FROM given WHERE :has_text
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT e.id, e.type, 'feedback:' || given.id, :user_id, :interaction_id, e.data
    FROM given, jsonb_to_recordset(:events) AS e(id uuid, type text, data jsonb)
    RETURNING type, time
), others AS (
    SELECT jsonb_agg(stances) AS stances FROM (
        SELECT stances FROM feedback
        WHERE response_id = :response_id AND status <> 'withdrawn' AND stances IS NOT NULL
        LIMIT 100) other
), day AS (
    INSERT INTO contributor_days AS d (user_id, day, feedback)
    SELECT :user_id, CAST(time AT TIME ZONE 'UTC' AS date), 1
    FROM event, others WHERE type = 'feedback.submitted' AND others.stances IS NULL
    ON CONFLICT (user_id, day) DO UPDATE SET feedback = d.feedback + 1
)
SELECT given.id, others.stances AS others, event.time
FROM given, others, event WHERE event.type = 'feedback.submitted'
"""
).bindparams(
    bindparam("ratings", type_=JSONB),
    bindparam("spans", type_=JSONB),
    bindparam("events", type_=JSONB),
    *(bindparam(name, type_=JSONB) for name in ("reasons", "factors", "stances")),
    *(bindparam(f"band_{number}", type_=BigInteger) for number in range(1, BANDS + 1)),
)


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
    stored = session.execute(_SUBMIT, values).one_or_none()
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
