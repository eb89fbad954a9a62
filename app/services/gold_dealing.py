"""Dealing gold: to whom it is given among their other work, so that they cannot tell.

Whether somebody's next item is gold is drawn when they give a verdict, not when they ask: so
what they see in the queue meanwhile is what they are given then.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, func, literal, select, text
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
_Dealt = tuple[Feedback, GoldLease]


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
    if not _is_asked(principal) or not session.scalar(_HAS_GOLD, {"model_id": model_id}):
        return
    offer = _first_new(session, principal, Feedback.model_id == model_id)
    if offer and _is_drawn(offer.share):
        _deal(session, principal, offer[0], clock.now())


def held(
    session: Session, *, principal: Principal, model_id: str | None, before: datetime
) -> _Dealt | None:
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
) -> _Dealt | None:
    """Lease what was dealt to ``principal``, or return their live lease; None: nothing was.

    For who has never judged anything it is drawn now. A lease that begins is kept as a handout,
    as any other: those are counted where validators can read it.
    """
    if not _is_asked(principal):
        return None
    target, lease, is_first = _dealt_before(session, principal, model_id)
    if lease is not None and lease.expires_at > clock.now():
        return target, lease
    begun = None
    if lease is not None:
        begun = _begun(session, target, lease, end)
    elif is_first:
        begun = _begun_with(session, principal, model_id, end)
    if begun is not None:
        handouts.record(session, target=begun[0], validator_id=principal.id, way=way)
        session.flush()
    return begun


def _begun(session: Session, target: Feedback, lease: GoldLease, end: End) -> _Dealt | None:
    """Let a lease of what was dealt begin; None where it was answered at this moment."""
    session.refresh(lease, with_for_update=True)
    if lease.expires_at is None:
        return None
    lease.token, lease.expires_at = uuid4(), end(session, target)
    return target, lease


def _begun_with(
    session: Session, principal: Principal, model_id: str | None, end: End
) -> _Dealt | None:
    """Deal who begins to judge their first, as it is drawn now, with a lease that begins."""
    offer = _first_new(session, principal, *_of_model(model_id))
    if offer is None or not _is_drawn(offer.share):
        return None
    lease = _deal(session, principal, offer[0], end(session, offer[0]))
    return (offer[0], lease) if lease else None


def _is_asked(principal: Principal) -> bool:
    """Say whether gold is for somebody: who may read the answers is not asked."""
    return not principal.can(Permission.VALIDATION_GOLD)


def _of_model(model_id: str | None) -> list[ColumnElement[bool]]:
    return [Feedback.model_id == model_id] if model_id else []


def _dealt_before(session: Session, principal: Principal, model_id: str | None) -> Any:
    """Return a row of (gold that was dealt and is not answered, their lease of it, is first).

    There is always one: at the first nothing was dealt to them, nor have they judged anything.
    """
    dealt = (
        select(GoldLease.feedback_id)
        .join(Feedback, Feedback.id == GoldLease.feedback_id)
        .where(
            is_gold(),
            GoldLease.validator_id == principal.id,
            GoldLease.expires_at.is_not(None),
            *_of_model(model_id),
        )
        .order_by(GoldLease.expires_at)
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    own = (GoldLease.feedback_id == Feedback.id) & (GoldLease.validator_id == principal.id)
    query = (
        select(Feedback, GoldLease, _has_never_judged(principal).label("is_first"))
        .select_from(select(literal(1)).subquery())
        .outerjoin(Feedback, Feedback.id == dealt)
        .outerjoin(GoldLease, own)
    )
    return session.execute(query).one()


def _first_new(session: Session, principal: Principal, *conditions: ColumnElement[bool]) -> Any:
    """Return a row of (gold, share): the first that they may be dealt."""
    share = validation_policies.gold_share_of(Feedback.model_id)
    query = (
        select(Feedback, share.label("share"))
        .where(is_gold(), share > 0, *_is_new_to(principal), *conditions)
        .order_by(Feedback.priority.desc(), Feedback.id.desc())
        .limit(1)
    )
    return session.execute(query).one_or_none()


def _is_drawn(share: float) -> bool:
    return secrets.randbelow(_FINE) < share * _FINE


def _is_new_to(principal: Principal) -> list[ColumnElement[bool]]:
    """Return the conditions that gold may be dealt: not theirs, nor twice, nor two at a time."""
    held = [GoldLease.feedback_id == Feedback.id, GoldLease.expires_at > clock.now()]
    return [
        Feedback.user_id != principal.id,
        Feedback.owner_id != principal.id,
        # As many look at it at a time as at others, or two could find out by talking.
        _number(GoldLease, *held) < Feedback.validators,
        *(
            _number(table, table.feedback_id == Feedback.id, table.validator_id == principal.id)
            == 0
            for table in (GoldLease, GoldAnswer, Validation)
        ),
        ~_is_outstanding(principal),
    ]


def _number(table: type[Any], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many rows there are, a look into a key for each feedback.

    Joined, it could be all that somebody has ever judged.
    """
    counted = select(func.count()).select_from(table).where(*conditions)
    return counted.correlate(Feedback).scalar_subquery()


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
    """Return the condition of that, as looks into indexes that are in this order.

    Asked by equality, and in no order, it may be looked for in rows of others without end.
    """
    tables: tuple[type[Any], ...] = (Validation, GoldAnswer)
    lasts = (
        select(table.id)
        .where(table.validator_id >= principal.id, table.validator_id <= principal.id)
        .order_by(table.validator_id, table.id.desc())
        .limit(1)
        .scalar_subquery()
        for table in tables
    )
    return and_(*(last.is_(None) for last in lasts))


def _deal(
    session: Session, principal: Principal, target: Feedback, expires_at: datetime
) -> GoldLease | None:
    """Deal it; None where another request of theirs has done so at this moment."""
    statement = insert(GoldLease).values(
        feedback_id=target.id, validator_id=principal.id, token=uuid4(), expires_at=expires_at
    )
    return session.scalar(statement.on_conflict_do_nothing().returning(GoldLease))
