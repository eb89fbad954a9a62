"""Changed feedback: what it becomes when some of its parts are given anew."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.domain import priority
from app.services import rating_targets, spans, standings
from app.services.feedback_views import FeedbackView, RatingView
from app.services.fitting import Fitted, GivenRating, fit, positions_of, refuse_contradictions
from app.services.spans import SpanView
from app.utils import clock

_SIMPLE = ("rating", "overall_comment", "correction", "flag")
# What feedback may consist of; the reason for not judging is nothing by itself.
PARTS = (*_SIMPLE, "cannot_judge", "dimension_ratings", "spans")


def changed(session: Session, *, before: FeedbackView, changes: dict[str, Any]) -> FeedbackView:
    """Return feedback with the parts that ``changes`` names, as its next version.

    Raises Invalid for what does not fit the response or its dimensions, or contradicts itself.
    """
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
