"""Contributions: telling the User Profile Service what became of a person's feedback."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.clients.profiles import Profiles
from app.db import Transactions
from app.errors import Unavailable
from app.services import jobs, points
from app.services.points import Standing

TELL_TASK = "contributions.tell"


def tell_later(
    session: Session, *, queue: JobQueue, user_id: str, feedback_id: UUID, status: str
) -> UUID:
    """Defer the telling in the caller's transaction and return the job that shows it.

    The points and the level are those that the person has by then.
    """
    standing = points.standing(session, user_id=user_id)
    arguments = {
        "user_id": user_id,
        "feedback_id": str(feedback_id),
        "status": status,
        "points": str(standing.points),
        "level": standing.level,
    }
    job = jobs.begin(
        session, queue=queue, kind=TELL_TASK, user_id=user_id, arguments=arguments, total=1
    )
    return job.id


def tell(
    transactions: Transactions,
    *,
    profiles: Profiles,
    job_id: UUID,
    user_id: str,
    feedback_id: UUID,
    status: str,
    standing: Standing | None = None,
) -> None:
    """Tell the User Profile Service once; raises Unavailable so that the task is retried."""
    with transactions() as session:
        if not jobs.start(session, job_id=job_id):
            return  # It was begun twice, and told by the other one.
    event: dict[str, Any] = {
        "id": str(job_id),
        "type": f"feedback.{status}",
        "user_id": user_id,
        "feedback_id": str(feedback_id),
        **(asdict(standing) if standing else {}),
    }
    # The id of the job goes with it: a second telling after a crash is recognised there.
    if not profiles.tell(user_id, event):
        message = "the User Profile Service did not take the event"
        with transactions() as session:
            jobs.fail(session, job_id=job_id, code="unavailable", message=message)
        raise Unavailable(message)
    with transactions() as session:
        jobs.succeed(session, job_id=job_id, result={"told": event["type"]}, done=1)
