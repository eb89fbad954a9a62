"""Feedback additions: imported scores that one person gave one answer, put together."""

from dataclasses import replace
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.feedback_forms.line import ToldFeedback
from app.errors import Conflict
from app.models import Feedback, ImportedFeedback
from app.services import changing, drafts, feedback_views
from app.services.drafts import Draft, Offer
from app.services.feedback_views import FeedbackView

# Who imports may rate for others what these may not have seen here: they saw it elsewhere.
_SEES = frozenset({Permission.INTERACTIONS_READ_ALL})
# What may be said more than once, a line each.
_JOINED = frozenset({"overall_comment"})


def joined(draft: Draft, *, told: ToldFeedback, offer: Offer) -> Offer:
    """Return what is to be stored instead of a draft: what it says, and what was told since."""
    changes = _changes(draft.view, told, offer)
    ratings = [*draft.offer.given.ratings, *changes.pop("dimension_ratings", ())]
    given = replace(draft.offer.given, ratings=ratings, **changes)
    return drafts.offer(user_id=offer.user_id, given=given)


def add(session: Session, *, importer: str, first: UUID, told: ToldFeedback, offer: Offer) -> None:
    """Add to what the same person said there of the same response, as a change of it.

    What is refused leaves what else the transaction does as it is.
    """
    origin = select(ImportedFeedback.feedback_id).where(
        ImportedFeedback.feedback_id == first,
        ImportedFeedback.importer == importer,
        ImportedFeedback.source == told.source,
    )
    refuse_of_here(first, is_imported=session.scalar(origin.limit(1)) is not None)
    rater = Principal(offer.user_id, permissions=_SEES)
    # What the statements of a batch have changed is read anew.
    session.expire_all()
    row = session.get_one(Feedback, first)
    before = feedback_views.many(session, rows=[row], reader=rater)[0]
    changes = _changes(before, told, offer)
    with session.begin_nested():
        changing.change(session, principal=rater, feedback_id=first, changes=changes)


def refuse_of_here(first: UUID, *, is_imported: bool) -> None:
    """Raise Conflict for what a person has given here: nothing is added to that."""
    if not is_imported:
        raise Conflict(
            f"the person has given feedback {first} for this response here",
            code="feedback_exists",
        )


def _changes(before: FeedbackView, told: ToldFeedback, offer: Offer) -> dict[str, Any]:
    """Return what is said now and was not before; raises Conflict for what was."""
    twice = _said_before(before, told)
    if twice:
        message = f"expected what was not said before, found {', '.join(sorted(twice))} again"
        raise Conflict(message, code="said_before")
    changes: dict[str, Any] = dict(told.parts)
    if offer.given.ratings:
        changes["dimension_ratings"] = offer.given.ratings
    if before.overall_comment and offer.given.overall_comment:
        changes["overall_comment"] = f"{before.overall_comment}\n{offer.given.overall_comment}"
    return changes


def _said_before(before: FeedbackView, told: ToldFeedback) -> set[str]:
    rated = chain.from_iterable(
        (one.dimension_name, str(one.dimension_id)) for one in before.dimension_ratings
    )
    again = {one["dimension"] for one in told.ratings} & set(rated)
    return again | {name for name in told.parts if name not in _JOINED and getattr(before, name)}
