"""Leases: what to judge next, handed out to one person for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.states import FeedbackStatus, HandoutWay
from app.errors import Conflict, NotFound
from app.models import Feedback, GoldLease, Prompt, Response, ValidationPlace
from app.services import (
    feedback_views,
    gold_dealing,
    handouts,
    open_feedback,
    validation_places,
    validation_policies,
)
from app.services.feedback_views import FeedbackView
from app.services.handouts import Look
from app.utils import clock

_Place = TypeVar("_Place", ValidationPlace, GoldLease)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to judge, until it ends."""

    token: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Feedback to judge, the question and the answer that it is about, and the lease."""

    feedback: FeedbackView
    prompt: Prompt
    response: Response
    lease: Lease


def take_next(
    session: Session, *, principal: Principal, model_id: str | None = None
) -> Work | None:
    """Return what ``principal`` is to judge next, most worth first; None: nothing is left.

    Some is drawn by lot instead, as the policy says. Who has a live lease already is given
    that one again, with the feedback as it is now.
    """
    # Of two requests at once the second finds the lease of the first.
    way = handouts.choose_way(session, validator_id=principal.id, model_id=model_id)
    held = (
        _held(session, principal, model_id)
        or gold_dealing.take(session, principal=principal, model_id=model_id, way=way, end=_end)
        or _leased(session, principal, model_id, way)
    )
    if held is None:
        return None
    target, place = held
    _hand_out(session, target, place)
    view = feedback_views.many(session, rows=[target], reader=None)[0]
    prompt, response = _exchange(session, target)
    return Work(feedback=view, prompt=prompt, response=response, lease=_shown(place))


def _exchange(session: Session, target: Feedback) -> tuple[Prompt, Response]:
    query = (
        select(Prompt, Response)
        .join(Response, Response.prompt_id == Prompt.id)
        .where(Response.id == target.response_id)
    )
    prompt, response = session.execute(query).one()
    return prompt, response


def _hand_out(session: Session, target: Feedback, place: ValidationPlace | GoldLease) -> None:
    """Remember which version a lease that goes on has shown: a verdict is about that one.

    Gold that changes is gold no more.
    """
    if isinstance(place, ValidationPlace) and place.feedback_version != target.version:
        session.execute(
            update(ValidationPlace)
            .where(ValidationPlace.token == place.token)
            .values(feedback_version=target.version)
        )


def renew(session: Session, *, principal: Principal, token: UUID) -> Lease:
    """Let a live lease run from now on; raises NotFound, and Conflict where it has ended."""
    place = _own(session, principal, token)
    if not validation_places.is_live(place):
        raise Conflict("expected a live lease, found one that has ended", code="lease_expired")
    target = session.get_one(Feedback, place.feedback_id)
    place.expires_at = _end(session, target)
    session.flush()
    return _shown(place)


def release(session: Session, *, principal: Principal, token: UUID) -> None:
    """End a lease, so that others have the place; raises NotFound."""
    place = _own(session, principal, token)
    if validation_places.is_live(place):
        place.expires_at = clock.now()
        session.flush()


def _own(session: Session, principal: Principal, token: UUID) -> ValidationPlace | GoldLease:
    place: ValidationPlace | GoldLease | None = _of_token(
        session, ValidationPlace, principal, token
    )
    place = place or _of_token(session, GoldLease, principal, token)
    if place is None:
        raise NotFound(f"there is no lease {token} of yours")
    return place


def _of_token(
    session: Session, table: type[_Place], principal: Principal, token: UUID
) -> _Place | None:
    query = select(table).where(table.token == token, table.validator_id == principal.id)
    return session.scalar(query.with_for_update())


def _held(
    session: Session, principal: Principal, model_id: str | None
) -> tuple[Feedback, ValidationPlace | GoldLease] | None:
    """Return the live lease that ends first; gold alone is found where it is dealt."""
    query = (
        select(Feedback, ValidationPlace)
        .join(Feedback, Feedback.id == ValidationPlace.feedback_id)
        .where(
            ValidationPlace.validator_id == principal.id,
            ValidationPlace.expires_at > clock.now(),
            ValidationPlace.round == Feedback.round,
            Feedback.status == FeedbackStatus.PENDING,
            *_of_model(model_id),
        )
        .order_by(ValidationPlace.expires_at)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    gold = gold_dealing.held(
        session, principal=principal, model_id=model_id, before=cast("datetime", row[1].expires_at)
    )
    return gold or (row[0], row[1])


def _leased(
    session: Session, principal: Principal, model_id: str | None, way: HandoutWay
) -> tuple[Feedback, ValidationPlace] | None:
    """Lease the first that is free; only where none is, wait for those that others look at."""
    free = [*open_feedback.open_to(principal), *_of_model(model_id)]
    for skips, look in product((True, False), handouts.looks(way)):
        while (target := _first(session, free, look, skips=skips)) is not None:
            place = validation_places.lease(
                session,
                target=target,
                validator_id=principal.id,
                expires_at=_end(session, target),
            )
            # Between the look and the lock others may have come: then look again.
            if place is not None:
                handouts.record(session, target=target, validator_id=principal.id, way=way)
                session.flush()
                return target, place
    return None


def _first(
    session: Session, free: Sequence[ColumnElement[bool]], look: Look, *, skips: bool
) -> Feedback | None:
    query = (
        select(Feedback)
        .where(*free, *look.where)
        .order_by(*look.order)
        .limit(1)
        .with_for_update(skip_locked=skips, key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def _of_model(model_id: str | None) -> list[ColumnElement[bool]]:
    return [Feedback.model_id == model_id] if model_id else []


def _end(session: Session, target: Feedback) -> datetime:
    rules = validation_policies.rules_for(session, model_id=target.model_id)
    return clock.now() + timedelta(seconds=rules.lease_seconds)


def _shown(place: ValidationPlace | GoldLease) -> Lease:
    # Null is only what became a verdict.
    return Lease(token=place.token, expires_at=cast("datetime", place.expires_at))
