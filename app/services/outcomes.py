"""Outcomes: what follows when feedback moves on, in the transaction of what moved it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.states import FeedbackStatus
from app.models import Feedback
from app.services import contributions, dataset_entries, points
from app.services.dataset_entries import Basis
from app.utils import clock

_DECIDED = frozenset({FeedbackStatus.VALIDATED, FeedbackStatus.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground(Basis):
    """Who moved the feedback, and by which verdict or decision, where it was one.

    ``queue`` takes the job that tells the author's profile; None: nobody is told.
    """

    queue: JobQueue | None = None


def settle(
    session: Session, *, target: Feedback, status: FeedbackStatus, ground: Ground
) -> UUID | None:
    """Move feedback, which the caller has locked, and return its entry in the dataset.

    Valid feedback has one; where it is found invalid after all, the entry is withdrawn. That
    somebody cannot judge an answer may well be valid, but teaches nothing: it has none.
    """
    move(session, target=target, status=status, word=status, ground=ground)
    entry_id = None
    if status is FeedbackStatus.VALIDATED and not target.cannot_judge:
        entry_id = dataset_entries.add(session, target=target, basis=ground)
    else:
        dataset_entries.withdraw(session, target=target, basis=ground)
    if ground.queue and status in _DECIDED:
        contributions.tell_later(
            session,
            queue=ground.queue,
            user_id=target.user_id,
            feedback_id=target.id,
            status=status,
        )
    return entry_id


def move(
    session: Session, *, target: Feedback, status: FeedbackStatus, word: str, ground: Ground
) -> None:
    """Change the status, make a new version, and tell the log in ``word``."""
    now = clock.now()
    target.status = status
    target.version += 1
    target.updated_at = now
    target.decided_at = now if status in _DECIDED else None
    session.flush()
    tell(session, target=target, word=word, ground=ground)


def tell(session: Session, *, target: Feedback, word: str, ground: Ground) -> None:
    """Tell the log what became of feedback; what points that earns is given with it."""
    points.record(
        session,
        target=target,
        type_=f"feedback.{word}",
        actor=ground.actor,
        ids={"feedback_id": str(target.id), **ground.named()},
    )
