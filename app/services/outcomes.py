"""Outcomes: what follows when feedback moves on, in the transaction of what moved it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.states import FeedbackStatus
from app.models import DatasetEntry, Feedback, Response
from app.services import contributions, events, points, verdict_effects
from app.utils import clock

_DECIDED = frozenset({FeedbackStatus.VALIDATED, FeedbackStatus.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Who moved the feedback, and by which verdict or decision, where it was one.

    ``queue`` takes the job that tells the author's profile; None: nobody is told.
    """

    actor: str
    validation_id: UUID | None = None
    decision_id: UUID | None = None
    queue: JobQueue | None = None


def settle(
    session: Session, *, target: Feedback, status: FeedbackStatus, ground: Ground
) -> UUID | None:
    """Move feedback, which the caller has locked, and return its entry in the dataset.

    Valid feedback has one; where it is found invalid after all, the entry is withdrawn. That
    somebody cannot judge an answer may well be valid, but teaches nothing: it has none.
    """
    move(session, target=target, status=status, word=status, ground=ground)
    entry = session.scalar(select(DatasetEntry).where(DatasetEntry.feedback_id == target.id))
    if status is FeedbackStatus.VALIDATED and not target.cannot_judge:
        entry = _restore(entry, ground) if entry else _made(session, target, ground)
        entry.correction_id = verdict_effects.correction_of(session, target=target)
        _tell_of_entry(session, target, entry, "added", ground)
    elif entry and entry.withdrawn_at is None:
        entry.withdrawn_at = clock.now()
        _tell_of_entry(session, target, entry, "withdrawn", ground)
    session.flush()
    if ground.queue and status in _DECIDED:
        contributions.tell_later(
            session,
            queue=ground.queue,
            user_id=target.user_id,
            feedback_id=target.id,
            status=status,
        )
    return entry.id if entry and entry.withdrawn_at is None else None


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
        ids=_data(target, ground),
    )


def _data(target: Feedback, ground: Ground) -> dict[str, str]:
    ids = {"validation_id": ground.validation_id, "decision_id": ground.decision_id}
    named = {name: str(value) for name, value in ids.items() if value}
    return {"feedback_id": str(target.id), **named}


def _made(session: Session, target: Feedback, ground: Ground) -> DatasetEntry:
    response = session.get_one(Response, target.response_id)
    entry = DatasetEntry(
        model_id=target.model_id,
        model_version=response.model_version,
        feedback_id=target.id,
        validation_id=ground.validation_id,
        decision_id=ground.decision_id,
        response_id=target.response_id,
        prompt_id=response.prompt_id,
        interaction_id=target.interaction_id,
    )
    session.add(entry)
    session.flush()
    return entry


def _restore(entry: DatasetEntry, ground: Ground) -> DatasetEntry:
    """Let an entry count again, on its new ground; there is never a second one."""
    entry.withdrawn_at = None
    entry.validation_id, entry.decision_id = ground.validation_id, ground.decision_id
    return entry


def _tell_of_entry(
    session: Session, target: Feedback, entry: DatasetEntry, word: str, ground: Ground
) -> None:
    events.record(
        session,
        type_=f"dataset.entry_{word}",
        subject=f"dataset_entry:{entry.id}",
        actor=ground.actor,
        interaction_id=target.interaction_id,
        data={**_data(target, ground), "entry_id": str(entry.id), "model_id": entry.model_id},
    )
