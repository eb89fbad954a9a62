"""Jobs: background work with progress and a result that people may look at."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.states import JobStatus
from app.errors import NotFound
from app.models import Job
from app.utils import clock


def create(session: Session, *, kind: str, user_id: str | None, total: int | None = None) -> UUID:
    """Make the row of a piece of work and return its id."""
    job = Job(kind=kind, user_id=user_id, total=total)
    session.add(job)
    session.flush()
    return job.id


def get(session: Session, *, principal: Principal, job_id: UUID) -> Job:
    """Return a job to the person it is done for, or to those who may read all."""
    job = session.get(Job, job_id)
    if job is None or not (job.user_id == principal.id or principal.can(Permission.JOBS_READ_ALL)):
        raise NotFound(f"there is no job {job_id} for you")
    return job


def start(session: Session, *, job_id: UUID) -> None:
    """Mark a job as running; a second run of the same job starts it again."""
    _set(session, job_id, status=JobStatus.RUNNING, started_at=clock.now(), error=None)


def succeed(session: Session, *, job_id: UUID, result: dict[str, Any], done: int) -> None:
    """Store the result of a job."""
    _set(
        session,
        job_id,
        status=JobStatus.SUCCEEDED,
        result=result,
        done=done,
        finished_at=clock.now(),
    )


def fail(session: Session, *, job_id: UUID, code: str, message: str) -> None:
    """Store why a job failed."""
    error = {"code": code, "message": message}
    _set(session, job_id, status=JobStatus.FAILED, error=error, finished_at=clock.now())


def _set(session: Session, job_id: UUID, **values: Any) -> None:
    session.execute(update(Job).where(Job.id == job_id).values(**values))
