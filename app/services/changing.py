"""Changing feedback: by its author, as long as nobody has judged it; what it was is kept."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.domain import priority
from app.domain.access import Principal
from app.domain.seen_version import expect_seen
from app.domain.states import FeedbackStatus
from app.errors import Conflict, Forbidden, Invalid
from app.models import DimensionRating, Feedback, FeedbackRevision, FeedbackSpan, Validation
from app.services import (
    events,
    feedback,
    feedback_views,
    spans,
    standings,
    validation_policies,
)
from app.services.changed_feedback import PARTS, changed
from app.services.feedback_views import FeedbackView

_CHANGEABLE = (FeedbackStatus.PENDING, FeedbackStatus.RETURNED)
_KEPT = (*PARTS, "cannot_judge_reason")
# What says where somebody stands, beside others who rated the same.
_STANCES = {"rating", "dimension_ratings"}


def change(
    session: Session,
    *,
    principal: Principal,
    feedback_id: UUID,
    changes: dict[str, Any],
    seen_version: int | None = None,
) -> FeedbackView:
    """Change the parts that ``changes`` names; null takes one away, one at least must stay.

    Raises NotFound, Forbidden (another's), PreconditionFailed, Conflict (judged already) and
    Invalid. The queue's priority, the revision and the events go with it.
    """
    if changes.keys() & _STANCES:
        standings.hold(session, feedback_id=feedback_id)
    row = _locked(session, principal, feedback_id, seen_version)
    before = feedback_views.many(session, rows=[row], reader=principal)[0]
    after = changed(session, before=before, changes=changes)
    replaced = {
        part: getattr(before, part)
        for part in _KEPT
        if getattr(before, part) != getattr(after, part)
    }
    if not replaced:
        return before
    _refuse_empty(after)
    _store(session, row, after, replaced)
    _record(session, principal, after, replaced)
    return after


def _locked(
    session: Session, principal: Principal, feedback_id: UUID, seen_version: int | None
) -> Feedback:
    """Return the row, held until the transaction ends: changes and verdicts take turns."""
    row = session.get(Feedback, feedback_id, with_for_update=True)
    if row is None or not feedback.may_read(principal, row=row):
        raise feedback.missing(feedback_id)
    if row.user_id != principal.id:
        raise Forbidden("only its author changes feedback", code="not_the_author")
    expect_seen(seen_version, present=row.version)
    _refuse_judged(session, row)
    return row


def _refuse_judged(session: Session, row: Feedback) -> None:
    """Refuse once a verdict of this round is about the feedback as it is."""
    if row.status not in _CHANGEABLE:
        raise Conflict(
            f"expected pending or returned feedback, found it {row.status}", code="feedback_decided"
        )
    judged = select(Validation.id).where(
        Validation.feedback_id == row.id, Validation.round == row.round
    )
    if row.status == FeedbackStatus.PENDING and session.scalar(judged.limit(1)):
        raise Conflict(
            "expected feedback that nobody has judged, found a verdict", code="feedback_judged"
        )


def _refuse_empty(after: FeedbackView) -> None:
    if not any(getattr(after, part) for part in PARTS):
        message = f"expected at least one of {', '.join(PARTS)} to stay"
        raise Invalid("nothing would be left of the feedback", errors={"_schema": [message]})


def _store(session: Session, row: Feedback, after: FeedbackView, replaced: dict[str, Any]) -> None:
    if "spans" in replaced:
        replaced = {**replaced, "spans": spans.places_of(replaced["spans"])}
        _store_spans(session, after)
    session.add(
        FeedbackRevision(
            feedback_id=row.id,
            version=row.version,
            replaced=replaced,
            replaced_at=after.updated_at,
        )
    )
    for name, value in feedback_views.stored_parts(after).items():
        setattr(row, name, value)
    row.version, row.updated_at, row.stances = after.version, after.updated_at, after.stances
    rules = validation_policies.rules_for(session, model_id=row.model_id)
    weights = priority.weights_of(rules.priority)
    standings.place(row, factors=after.factors, weights=weights)
    if "dimension_ratings" in replaced:
        _store_ratings(session, after)
    session.flush()
    if replaced.keys() & _STANCES:
        stances = standings.stances_on(session, response_id=row.response_id)
        standings.after_rating(
            session, response_id=row.response_id, stances=stances, weights=weights
        )


def _store_ratings(session: Session, after: FeedbackView) -> None:
    session.execute(delete(DimensionRating).where(DimensionRating.feedback_id == after.id))
    rows = [{"feedback_id": after.id, **row} for row in feedback_views.stored_ratings(after)]
    if rows:
        session.execute(insert(DimensionRating), rows)


def _store_spans(session: Session, after: FeedbackView) -> None:
    session.execute(delete(FeedbackSpan).where(FeedbackSpan.feedback_id == after.id))
    rows = [{"feedback_id": after.id, **row} for row in spans.rows_of(after.spans)]
    if rows:
        session.execute(insert(FeedbackSpan), rows)


def _record(
    session: Session, principal: Principal, after: FeedbackView, replaced: dict[str, Any]
) -> None:
    ids = {"feedback_id": str(after.id), "response_id": str(after.response_id)}
    told = [("feedback.changed", {**ids, "version": after.version})]
    if replaced.keys() & {"rating", "overall_comment"}:
        data = {
            "id": str(after.response_id),
            "conversation_id": str(after.interaction_id),
            "feedback_id": str(after.id),
            "feedback_version": after.version,
            "rating": after.rating or "",
        }
        told.append(("update_message", data))
    for type_, data in told:
        events.record(
            session,
            type_=type_,
            subject=f"feedback:{after.id}",
            actor=principal.id,
            interaction_id=after.interaction_id,
            data=data,
        )
