"""Validation places: who has one of the N of a round, for a while or for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models import Feedback, GoldLease, Validation, ValidationPlace
from app.utils import clock


def lease(
    session: Session, *, target: Feedback, validator_id: str, expires_at: datetime
) -> ValidationPlace | None:
    """Give somebody a place for a while; None where none is left, or they have judged.

    The caller has locked the feedback, and so has everybody else who gives places.
    """
    rows = _locked(session, target)
    own = _of(rows, validator_id)
    if own and own.expires_at is None:
        return None
    return _occupy(
        session,
        target,
        rows,
        validator_id=validator_id,
        expires_at=expires_at,
        feedback_version=target.version,
    )


def take(
    session: Session,
    *,
    target: Feedback,
    validator_id: str,
    token: UUID | None,
    seen_version: int | None = None,
) -> None:
    """Take a place for good, for a verdict on the version that is there now.

    What the person has seen is ``seen_version``, or what came with their live lease. Raises
    Conflict: ``lease_expired`` where ``token`` is not that of a live lease of this person on
    this feedback, ``lease_required`` where the round wants one, ``feedback_changed`` where they
    have seen another version, ``no_place_left`` where others have all places.
    """
    rows = _locked(session, target)
    own = _of(rows, validator_id)
    if own and own.expires_at is None:
        judged = verdict_of(session, target=target, validator_id=validator_id)
        raise judged_already(cast("UUID", judged))
    if token is not None and not _holds(rows, validator_id, token):
        raise lease_lost()
    if target.leased_only and not (own and is_live(own)):
        raise lease_required()
    refuse_changed(target, seen_version=seen_version or _handed_out(rows, validator_id))
    if not _occupy(session, target, rows, validator_id=validator_id, expires_at=None):
        raise Conflict(
            f"expected a free place, found all {target.validators} taken or leased",
            code="no_place_left",
        )
    session.flush()


def verdict_of(session: Session, *, target: Feedback, validator_id: str) -> UUID | None:
    """Return the verdict that somebody gave in this round."""
    query = select(Validation.id).where(
        Validation.feedback_id == target.id,
        Validation.round == target.round,
        Validation.validator_id == validator_id,
    )
    return session.scalar(query)


def lease_lost() -> Conflict:
    """Return the error for a token that is not that of a live lease."""
    return Conflict("expected the token of a live lease of yours", code="lease_expired")


def lease_required() -> Conflict:
    """Return the error for a verdict on what was not handed out to this person."""
    message = "expected a lease of yours: nobody chooses what they judge here"
    return Conflict(message, code="lease_required")


def judged_already(verdict_id: UUID) -> Conflict:
    """Return the error for a second verdict of the same person."""
    return Conflict(
        f"you have given verdict {verdict_id} on this feedback already",
        code="verdict_exists",
        validation_id=str(verdict_id),
    )


def close(session: Session, *, target: Feedback) -> None:
    """End the live leases of a round that is over."""
    session.execute(
        update(ValidationPlace)
        .where(
            ValidationPlace.feedback_id == target.id,
            ValidationPlace.round == target.round,
            ValidationPlace.expires_at > clock.now(),
        )
        .values(expires_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def refuse_changed(target: Feedback, *, seen_version: int | None) -> None:
    """Raise Conflict where somebody has seen another version than the one there is."""
    if seen_version not in {None, target.version}:
        raise Conflict(
            f"expected a verdict on version {target.version}, which the feedback is at now, "
            f"found one on version {seen_version}",
            code="feedback_changed",
            version=target.version,
        )


def is_live(row: ValidationPlace | GoldLease) -> bool:
    """Say whether a place is leased now."""
    return row.expires_at is not None and row.expires_at > clock.now()


def _locked(session: Session, target: Feedback) -> Sequence[ValidationPlace]:
    """Return the places of the round, which their holders may renew or release meanwhile."""
    query = (
        select(ValidationPlace)
        .where(
            ValidationPlace.feedback_id == target.id,
            ValidationPlace.round == target.round,
        )
        .order_by(ValidationPlace.place)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def _of(rows: Sequence[ValidationPlace], validator_id: str) -> ValidationPlace | None:
    return next((row for row in rows if row.validator_id == validator_id), None)


def _holds(rows: Sequence[ValidationPlace], validator_id: str, token: UUID) -> bool:
    own = _of(rows, validator_id)
    return own is not None and own.token == token and is_live(own)


def _handed_out(rows: Sequence[ValidationPlace], validator_id: str) -> int | None:
    own = _of(rows, validator_id)
    return own.feedback_version if own is not None and is_live(own) else None


def _occupy(
    session: Session, target: Feedback, rows: Sequence[ValidationPlace], **held: Any
) -> ValidationPlace | None:
    """Put somebody on their own place, on one whose lease has ended, or on a new one."""
    row = _of(rows, held["validator_id"]) or next((one for one in rows if _is_over(one)), None)
    if row is None:
        if len(rows) >= target.validators:
            return None
        row = ValidationPlace(
            feedback_id=target.id,
            round=target.round,
            # Rows are never deleted, so those that are there are the first ones.
            place=len(rows) + 1,
            validators=target.validators,
        )
        session.add(row)
    row.token, row.validator_id, row.expires_at = uuid4(), held["validator_id"], held["expires_at"]
    row.feedback_version = held.get("feedback_version")
    return row


def _is_over(row: ValidationPlace) -> bool:
    return row.expires_at is not None and not is_live(row)
