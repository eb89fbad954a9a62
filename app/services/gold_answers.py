"""Gold answers: verdicts on feedback whose answer is known; they measure, and decide nothing."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.points import GOLD_ANSWERED
from app.errors import Conflict
from app.models import Feedback, GoldAnswer, GoldLease
from app.services import points, validation_places


def takes(target: Feedback) -> bool:
    """Say whether a verdict on this feedback, which waits, is an answer to gold."""
    return target.gold_version == target.version


def take(
    session: Session,
    *,
    principal: Principal,
    target: Feedback,
    token: UUID | None,
    seen_version: int | None = None,
) -> None:
    """Take gold, which the caller has locked, for an answer, as a verdict takes its place.

    It is asked in the same order, before what is said is looked at: faults of a verdict must not
    tell gold. Raises Conflict as a verdict does (answered already, a lease that has ended,
    another version than was seen), and for who may read the answers.
    """
    _refuse(session, principal, target)
    lease = session.get(GoldLease, (target.id, principal.id), with_for_update=True)
    if token is not None and not _holds(lease, token):
        raise validation_places.lease_lost()
    if target.leased_only and not (lease and validation_places.is_live(lease)):
        raise validation_places.lease_required()
    validation_places.refuse_changed(target, seen_version=seen_version)
    if lease is not None:
        lease.expires_at = None
    session.flush()


def keep(session: Session, *, target: Feedback, answer: GoldAnswer) -> None:
    """Store what somebody says of gold that they have taken; the queue does not move."""
    session.add(answer)
    session.flush()
    points.record(
        session,
        target=target,
        type_=GOLD_ANSWERED,
        actor=answer.validator_id,
        ids={"feedback_id": str(target.id), "answer_id": str(answer.id)},
    )


def own(session: Session, *, principal: Principal, target: Feedback) -> GoldAnswer | None:
    """Return what somebody said of gold that waits, who may not know that it is gold."""
    if not takes(target) or principal.can(Permission.VALIDATION_GOLD):
        return None
    query = select(GoldAnswer).where(
        GoldAnswer.feedback_id == target.id, GoldAnswer.validator_id == principal.id
    )
    return session.scalar(query)


def _refuse(session: Session, principal: Principal, target: Feedback) -> None:
    own = session.scalar(
        select(GoldAnswer.id).where(
            GoldAnswer.feedback_id == target.id, GoldAnswer.validator_id == principal.id
        )
    )
    if own:
        raise validation_places.judged_already(own)
    if principal.can(Permission.VALIDATION_GOLD):
        raise Conflict(
            "this feedback is gold, whose answers you may read: yours would measure nothing",
            code="feedback_is_gold",
        )


def _holds(lease: GoldLease | None, token: UUID) -> bool:
    return lease is not None and lease.token == token and validation_places.is_live(lease)
