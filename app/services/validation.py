"""Validation: a verdict on feedback, and what follows from it in the same transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.access import Principal
from app.domain.states import FeedbackStatus
from app.errors import Conflict, Forbidden
from app.models import DatasetEntry, Feedback, Response, Validation
from app.services import contributions, events, feedback
from app.utils import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A stored verdict and what it led to."""

    validation: Validation
    feedback_status: str
    dataset_entry_id: UUID | None


def validate(
    session: Session,
    *,
    queue: JobQueue,
    principal: Principal,
    feedback_id: UUID,
    is_valid: bool,
    notes: str | None = None,
    tell_profiles: bool = False,
) -> Verdict:
    """Decide on feedback; by default one verdict decides.

    Raises NotFound, Forbidden (one's own feedback, or on one's own conversation) and
    Conflict (decided already). Verdict, status, dataset entry, events and the job that
    tells others commit together.
    """
    target = session.get(Feedback, feedback_id)
    if target is None:
        raise feedback.missing(feedback_id)
    _refuse_own(principal, target)
    status = FeedbackStatus.VALIDATED if is_valid else FeedbackStatus.REJECTED
    _decide(session, principal, target, status)
    verdict = Validation(
        feedback_id=target.id,
        round=target.round,
        validator_id=principal.id,
        is_valid=is_valid,
        notes=notes,
        created_at=clock.now(),
    )
    session.add(verdict)
    session.flush()
    entry = _add_entry(session, target, verdict) if is_valid else None
    _record(session, principal, target, verdict, entry)
    if tell_profiles:
        contributions.tell_later(
            session,
            queue=queue,
            user_id=target.user_id,
            feedback_id=target.id,
            status=status,
        )
    return Verdict(
        validation=verdict,
        feedback_status=status,
        dataset_entry_id=entry.id if entry else None,
    )


def _refuse_own(principal: Principal, target: Feedback) -> None:
    if target.user_id == principal.id:
        raise Forbidden("nobody validates their own feedback", code="own_feedback")
    if target.owner_id == principal.id:
        raise Forbidden(
            "nobody validates feedback on their own interaction", code="own_interaction"
        )


def _decide(
    session: Session, principal: Principal, target: Feedback, status: FeedbackStatus
) -> None:
    """Move the feedback out of ``pending``; of racing verdicts exactly one does."""
    now = clock.now()
    moved = session.execute(
        update(Feedback)
        .where(Feedback.id == target.id, Feedback.status == FeedbackStatus.PENDING)
        .values(status=status, version=Feedback.version + 1, decided_at=now, updated_at=now)
        .returning(Feedback.id)
        .execution_options(synchronize_session=False)
    )
    if moved.one_or_none() is None:
        raise _decided(session, principal, target)


def _decided(session: Session, principal: Principal, target: Feedback) -> Conflict:
    session.refresh(target)
    own = session.scalar(
        select(Validation.id).where(
            Validation.feedback_id == target.id,
            Validation.round == target.round,
            Validation.validator_id == principal.id,
        )
    )
    if own:
        return Conflict(
            f"you have given verdict {own} on this feedback already",
            code="verdict_exists",
            validation_id=str(own),
        )
    return Conflict(f"expected pending feedback, found it {target.status}", code="feedback_decided")


def _add_entry(session: Session, target: Feedback, verdict: Validation) -> DatasetEntry:
    response = session.get_one(Response, target.response_id)
    entry = DatasetEntry(
        model_id=target.model_id,
        model_version=response.model_version,
        feedback_id=target.id,
        validation_id=verdict.id,
        response_id=target.response_id,
        prompt_id=response.prompt_id,
        interaction_id=target.interaction_id,
    )
    session.add(entry)
    session.flush()
    return entry


def _record(
    session: Session,
    principal: Principal,
    target: Feedback,
    verdict: Validation,
    entry: DatasetEntry | None,
) -> None:
    word = "validated" if verdict.is_valid else "rejected"
    data: dict[str, Any] = {
        "feedback_id": str(target.id),
        "validation_id": str(verdict.id),
    }
    events.record(
        session,
        type_=f"feedback.{word}",
        subject=f"feedback:{target.id}",
        actor=principal.id,
        interaction_id=target.interaction_id,
        data=data,
    )
    if entry:
        events.record(
            session,
            type_="dataset.entry_added",
            subject=f"dataset_entry:{entry.id}",
            actor=principal.id,
            interaction_id=target.interaction_id,
            data={**data, "entry_id": str(entry.id), "model_id": entry.model_id},
        )
