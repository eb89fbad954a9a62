"""Dealing gold: to whom it is given among their other work, so that they cannot tell.

Whether somebody's next item is gold is drawn when they give a verdict, not when they ask: so
what they see in the queue meanwhile is what they are given then.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.states import FeedbackStatus
from app.models import Feedback, GoldAnswer, GoldLease, Validation
from app.services import validation_policies
from app.utils import clock

_FINE = 1_000_000

End = Callable[[Session, Feedback], datetime]


def is_gold() -> ColumnElement[bool]:
    """Return the condition that the answer to feedback is known, as it is now."""
    return (Feedback.gold_version == Feedback.version) & (Feedback.status == FeedbackStatus.PENDING)


def is_ordinary() -> ColumnElement[bool]:
    """Return the condition that feedback waits for a round like any other."""
    return Feedback.gold_version.is_distinct_from(Feedback.version)


def is_dealt_to(principal: Principal) -> ColumnElement[bool]:
    """Return the condition that gold was dealt to somebody who has not answered it."""
    return exists().where(
        GoldLease.feedback_id == Feedback.id,
        GoldLease.validator_id == principal.id,
        GoldLease.expires_at.is_not(None),
    )


def deal_ahead(session: Session, *, principal: Principal, model_id: str) -> None:
    """Draw whether what they are given next on this model is gold, at the share of its policy."""
    conditions = (Feedback.model_id == model_id, _is_new_to(principal))
    offer = _offer(session, principal, *conditions)
    if offer and _is_drawn(offer.share):
        _deal(session, principal, offer[0], clock.now())


def take(
    session: Session, *, principal: Principal, model_id: str | None, end: End
) -> tuple[Feedback, GoldLease] | None:
    """Lease what was dealt to ``principal``, or return their live lease; None: nothing was.

    For who has never judged anything it is drawn now.
    """
    of_model = [Feedback.model_id == model_id] if model_id else []
    is_first = _is_new_to(principal) & _has_never_judged(principal)
    offer = _offer(session, principal, *of_model, GoldLease.expires_at.is_not(None) | is_first)
    if offer is None:
        return None
    target, lease = offer[0], offer[1]
    if lease is None:
        is_theirs = _is_drawn(offer.share)
        return (
            (target, _deal(session, principal, target, end(session, target))) if is_theirs else None
        )
    if lease.expires_at <= clock.now():
        lease.token, lease.expires_at = uuid4(), end(session, target)
        session.flush()
    return target, lease


def _offer(session: Session, principal: Principal, *conditions: ColumnElement[bool]) -> Any:
    """Return a row of (gold, their lease of it, share): what was dealt comes first."""
    # Who may read the answers is not asked.
    if principal.can(Permission.VALIDATION_GOLD):
        return None
    own = (GoldLease.feedback_id == Feedback.id) & (GoldLease.validator_id == principal.id)
    share = validation_policies.gold_share_of(Feedback.model_id)
    query = (
        select(Feedback, GoldLease, share.label("share"))
        .outerjoin(GoldLease, own)
        .where(is_gold(), *conditions)
        .order_by(GoldLease.expires_at, Feedback.priority.desc(), Feedback.id.desc())
        .limit(1)
    )
    return session.execute(query).one_or_none()


def _is_drawn(share: float) -> bool:
    return secrets.randbelow(_FINE) < share * _FINE


def _is_new_to(principal: Principal) -> ColumnElement[bool]:
    """Return the condition that gold may be dealt: not theirs, nor twice, nor two at a time."""
    others = GoldLease.__table__.alias("others")
    held = (
        select(func.count())
        .where(others.c.feedback_id == Feedback.id, others.c.expires_at > clock.now())
        .correlate(Feedback)
        .scalar_subquery()
    )
    return and_(
        Feedback.user_id != principal.id,
        Feedback.owner_id != principal.id,
        validation_policies.gold_share_of(Feedback.model_id) > 0,
        # As many look at it at a time as at others, or two could find out by talking.
        held < Feedback.validators,
        GoldLease.feedback_id.is_(None),
        *(~_of_theirs(table, principal) for table in (GoldAnswer, Validation)),
        ~_is_outstanding(principal),
    )


def _of_theirs(table: type[GoldAnswer | Validation], principal: Principal) -> ColumnElement[bool]:
    return exists().where(table.feedback_id == Feedback.id, table.validator_id == principal.id)


def _is_outstanding(principal: Principal) -> ColumnElement[bool]:
    """Return the condition that something was dealt to them that they have not answered."""
    other, lease = Feedback.__table__.alias("dealt"), GoldLease.__table__.alias("dealing")
    return exists().where(
        lease.c.validator_id == principal.id,
        lease.c.expires_at.is_not(None),
        lease.c.feedback_id == other.c.id,
        other.c.gold_version == other.c.version,
        other.c.status == FeedbackStatus.PENDING,
    )


def _has_never_judged(principal: Principal) -> ColumnElement[bool]:
    has_judged = [
        exists().where(table.validator_id == principal.id) for table in (Validation, GoldAnswer)
    ]
    return ~or_(*has_judged)


def _deal(
    session: Session, principal: Principal, target: Feedback, expires_at: datetime
) -> GoldLease:
    lease = GoldLease(
        feedback_id=target.id, validator_id=principal.id, token=uuid4(), expires_at=expires_at
    )
    session.add(lease)
    session.flush()
    return lease
