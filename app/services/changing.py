"""Changing feedback: by its author, as long as nobody has judged it; what it was is kept."""

from collections.abc import Collection, Sequence
from dataclasses import replace
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
    rating_targets,
    spans,
    standings,
    validation_policies,
)
from app.services.feedback_views import FeedbackView, RatingView
from app.services.fitting import Fitted, GivenRating, fit, positions_of, refuse_contradictions
from app.services.spans import SpanView
from app.utils import clock

_CHANGEABLE = (FeedbackStatus.PENDING, FeedbackStatus.RETURNED)
_SIMPLE = ("rating", "overall_comment", "correction", "flag")
# What feedback may consist of; the reason for not judging is nothing by itself.
_PARTS = (*_SIMPLE, "cannot_judge", "dimension_ratings", "spans")
_KEPT = (*_PARTS, "cannot_judge_reason")
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
    after = _changed(session, before, changes)
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


def _changed(session: Session, before: FeedbackView, changes: dict[str, Any]) -> FeedbackView:
    simple = {part: changes[part] for part in _SIMPLE if part in changes}
    fitted = _fitted(session, before, changes)
    after = replace(
        before,
        **simple,
        **_judged(before, changes),
        dimension_ratings=fitted.ratings,
        spans=_spans(session, before, changes),
        version=before.version + 1,
        updated_at=clock.now(),
    )
    refuse_contradictions(after, positions=fitted.positions)
    said = standings.said_by(after, positions=fitted.positions.values())
    # What was known of it when it was given is not measured again.
    known = {name: before.factors[name] for name in priority.MEASURED if name in before.factors}
    return replace(
        after,
        factors={**priority.factors_of(said), **known},
        stances=standings.stances_of(rating=after.rating, positions=fitted.positions),
    )


def _judged(before: FeedbackView, changes: dict[str, Any]) -> dict[str, Any]:
    """Return whether it cannot be judged, and why; a reason goes with what it was for."""
    cannot = bool(changes.get("cannot_judge", before.cannot_judge))
    stays = before.cannot_judge_reason if cannot else None
    reason = changes.get("cannot_judge_reason", stays)
    return {"cannot_judge": cannot, "cannot_judge_reason": reason}


def _spans(session: Session, before: FeedbackView, changes: dict[str, Any]) -> Sequence[SpanView]:
    if "spans" not in changes:
        return before.spans
    if not changes["spans"]:
        return []
    target = rating_targets.find(session, response_id=before.response_id, with_content=True)
    return spans.fit(
        given=changes["spans"], content=target.content, dimensions=target.dimensions or []
    )


def _fitted(session: Session, before: FeedbackView, changes: dict[str, Any]) -> Fitted:
    """Return all ratings after the change: those given, and those that it leaves alone."""
    if "dimension_ratings" in changes and not changes["dimension_ratings"]:
        return Fitted(ratings=[], positions={})
    given: Sequence[GivenRating] = changes.get("dimension_ratings", ())
    gone = {rating.dimension for rating in given if rating.is_withdrawn}
    kept = [rating for rating in before.dimension_ratings if not _names(gone, rating)]
    new = _fit(session, before, [one for one in given if not one.is_withdrawn], kept)
    given_ids = {rating.dimension_id for rating in new.ratings}
    kept = [rating for rating in kept if rating.dimension_id not in given_ids]
    positions = positions_of(session, ratings=kept)
    return Fitted(ratings=[*kept, *new.ratings], positions={**positions, **new.positions})


def _fit(
    session: Session,
    before: FeedbackView,
    given: Sequence[GivenRating],
    kept: Sequence[RatingView],
) -> Fitted:
    if not given:
        return Fitted(ratings=[], positions={})
    target = rating_targets.find(session, response_id=before.response_id)
    return fit(
        given=given,
        dimensions=target.dimensions or [],
        rated={rating.dimension_id for rating in kept},
    )


def _names(dimensions: Collection[str], rating: RatingView) -> bool:
    return str(rating.dimension_id) in dimensions or rating.dimension_name in dimensions


def _refuse_empty(after: FeedbackView) -> None:
    if not any(getattr(after, part) for part in _PARTS):
        message = f"expected at least one of {', '.join(_PARTS)} to stay"
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
