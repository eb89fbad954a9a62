"""Decisions: an admin's word where the verdicts were tied, appealed against, or wrong."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.access import Principal
from app.domain.forgotten import is_mark
from app.domain.states import FeedbackStatus
from app.errors import Conflict
from app.models import Decision, Feedback
from app.services import outcomes, validation
from app.services.outcomes import Ground
from app.utils import clock

_DECIDABLE = frozenset({FeedbackStatus.TIED, FeedbackStatus.VALIDATED, FeedbackStatus.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A stored decision and what it led to."""

    decision: Decision
    feedback_status: str
    dataset_entry_id: UUID | None


def decide(
    session: Session,
    *,
    principal: Principal,
    feedback_id: UUID,
    is_valid: bool,
    notes: str,
    queue: JobQueue | None = None,
) -> Decided:
    """Decide on tied feedback, or against what was decided; it takes no place of a round.

    Raises NotFound, Forbidden (one's own feedback, or on one's own conversation) and Conflict
    (validators are still at it, or it is decided so already).
    """
    target = validation.lock(session, feedback_id=feedback_id)
    validation.refuse_own(target, principal=principal)
    status = FeedbackStatus.VALIDATED if is_valid else FeedbackStatus.REJECTED
    _refuse(target, status)
    decision = Decision(
        feedback_id=target.id,
        round=target.round,
        decided_by=principal.id,
        is_valid=is_valid,
        notes=notes,
        created_at=clock.now(),
    )
    session.add(decision)
    session.flush()
    ground = Ground(actor=principal.id, decision_id=decision.id, queue=queue)
    entry_id = outcomes.settle(session, target=target, status=status, ground=ground)
    return Decided(decision=decision, feedback_status=status, dataset_entry_id=entry_id)


def _refuse(target: Feedback, status: FeedbackStatus) -> None:
    if is_mark(target.user_id) or is_mark(target.owner_id):
        # A word of its texts is not left, and nobody is to learn from it again.
        raise Conflict("expected feedback that can be read, found it erased", code="erased")
    if target.status not in _DECIDABLE:
        raise Conflict(
            f"expected feedback that is tied or decided, found it {target.status}",
            code="feedback_not_tied",
        )
    if target.status == status:
        raise Conflict(f"the feedback is {status} already", code="feedback_decided")
