"""Drafts: feedback that fits its response, with its place in the queue, before it is stored."""

from dataclasses import dataclass, replace
from typing import Any

from app.domain import priority
from app.domain.priority import weights_of
from app.domain.states import FeedbackStatus
from app.errors import Conflict
from app.services import spans, standings
from app.services.feedback_views import FeedbackView, stored_parts
from app.services.fitting import Fitted, GivenFeedback, fit, refuse_contradictions
from app.services.spans import SpanView
from app.utils import clock
from app.utils.ids import new_id

Json = dict[str, Any]
Bands = dict[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What somebody gives, and the bands of all that they wrote."""

    user_id: str
    given: GivenFeedback
    bands: Bands

    @property
    def has_text(self) -> bool:
        """Say whether they wrote enough to resemble another text."""
        return None not in self.bands.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Feedback as it will be, whatever comes of it, with the response that it is about."""

    view: FeedbackView
    target: Any
    offer: Offer


def offer(*, user_id: str, given: GivenFeedback) -> Offer:
    """Return what somebody gives, ready to be held against a response."""
    return Offer(user_id=user_id, given=given, bands=standings.bands_of(given))


def draft(*, offer: Offer, target: Any) -> Draft:
    """Return what is to be stored; ``target`` is the response with what is known of it.

    Raises Conflict (nothing there to rate yet) and Invalid (a dimension or score that does
    not fit).
    """
    if not target.has_content:
        raise Conflict(
            f"expected a response with an answer, found it {target.status} without one",
            code="nothing_to_rate",
        )
    fitted = fit(given=offer.given.ratings, dimensions=target.dimensions or [])
    view = _placed(_view(offer, target, fitted), target, fitted, has_text=offer.has_text)
    return Draft(view=view, target=target, offer=offer)


def _view(offer: Offer, target: Any, fitted: Fitted) -> FeedbackView:
    now, given = clock.now(), offer.given
    view = FeedbackView(
        id=new_id(),
        response_id=target.id,
        interaction_id=target.interaction_id,
        user_id=offer.user_id,
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


def _spans(target: Any, given: GivenFeedback) -> list[SpanView]:
    if not given.spans:
        return []
    return spans.fit(given=given.spans, content=target.content, dimensions=target.dimensions or [])


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


def columns_of(draft: Draft) -> Json:
    """Return its own row, but for its times and the rules of its round."""
    view, target = draft.view, draft.target
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
    }


def events_of(view: FeedbackView) -> list[tuple[str, Json]]:
    """Return what the log is told of new feedback, by type."""
    ids = {"feedback_id": view.id, "response_id": view.response_id}
    if not view.rating and not view.overall_comment:
        return [("feedback.submitted", ids)]
    data = {
        "id": view.response_id,
        "conversation_id": view.interaction_id,
        "feedback_id": view.id,
        "rating": view.rating or "",
    }
    return [("feedback.submitted", ids), ("update_message", data)]
