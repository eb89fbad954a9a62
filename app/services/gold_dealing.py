"""Dealing gold: to whom it is given among their other work, so that they cannot tell.

Whether somebody's next item is gold is drawn when they give a verdict, not when they ask: so
what they see in the queue meanwhile is what they are given then.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.states import FeedbackStatus, HandoutWay
from app.models import Feedback, GoldAnswer, GoldLease, Validation
from app.services import handouts, validation_policies
from app.utils import clock

_FINE = 1_000_000
_HAS_GOLD = text(
    """
SELECT EXISTS (SELECT FROM feedback
               WHERE model_id = :model_id AND gold_version = version AND status = 'pending')
"""
)

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
    # Most models have none, which is a look into an index; to whom which may go is much to ask.
    if not session.scalar(_HAS_GOLD, {"model_id": model_id}):
        return
    conditions = (Feedback.model_id == model_id, _is_new_to(principal))
    offer = _offer(session, principal, *conditions)
    if offer and _is_drawn(offer.share):
        _deal(session, principal, offer[0], clock.now())


def held(
    session: Session, *, principal: Principal, model_id: str | None, before: datetime
) -> tuple[Feedback, GoldLease] | None:
    """Return the live lease of ``principal`` that ends ``before`` a moment, where there is one.

    Of several live leases the first to end is given again, whichever of them are of gold.
    """
    query = (
        select(Feedback, GoldLease)
        .join(Feedback, Feedback.id == GoldLease.feedback_id)
        .where(
            is_gold(),
            GoldLease.validator_id == principal.id,
            GoldLease.expires_at > clock.now(),
            GoldLease.expires_at < before,
            *_of_model(model_id),
        )
        .order_by(GoldLease.expires_at)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def take(
    session: Session, *, principal: Principal, model_id: str | None, way: HandoutWay, end: End
) -> tuple[Feedback, GoldLease] | None:
    """Lease what was dealt to ``principal``, or return their live lease; None: nothing was.

    For who has never judged anything it is drawn now. A lease that begins is kept as a handout,
    as any other: those are counted where validators can read it.
    """
    is_first = _is_new_to(principal) & _has_never_judged(principal)
    is_dealt = GoldLease.expires_at.is_not(None)
    offer = _offer(session, principal, *_of_model(model_id), is_dealt | is_first)
    if offer is None or (offer[1] is None and not _is_drawn(offer.share)):
        return None
    target, lease = offer[0], offer[1]
    if lease is not None and lease.expires_at > clock.now():
        return target, lease
    begun = _begun(session, principal, target, lease, end(session, target))
    if begun is None:
        return None
    handouts.record(session, target=target, validator_id=principal.id, way=way)
    session.flush()
    return target, begun


def _begun(
    session: Session,
    principal: Principal,
    target: Feedback,
    lease: GoldLease | None,
    expires_at: datetime,
) -> GoldLease | None:
    """Return a lease that begins now; None where it was answered or dealt at this moment."""
    if lease is None:
        return _deal(session, principal, target, expires_at)
    session.refresh(lease, with_for_update=True)
    if lease.expires_at is None:
        return None
    lease.token, lease.expires_at = uuid4(), expires_at
    return lease


def _of_model(model_id: str | None) -> list[ColumnElement[bool]]:
    return [Feedback.model_id == model_id] if model_id else []


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
) -> GoldLease | None:
    """Deal it; None where another request of theirs has done so at this moment."""
    statement = insert(GoldLease).values(
        feedback_id=target.id, validator_id=principal.id, token=uuid4(), expires_at=expires_at
    )
    return session.scalar(statement.on_conflict_do_nothing().returning(GoldLease))
