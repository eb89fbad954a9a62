"""Jobs: background work with progress and a result that people may look at."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clients.job_queue import DEFAULT_QUEUE, MESSAGES_QUEUE, JobQueue
from app.domain.access import Permission, Principal
from app.domain.forgotten import is_mark, mark_of
from app.domain.page import Page, PageRequest
from app.domain.states import JobStatus
from app.errors import Conflict, NotFound
from app.models import Job
from app.services import events, keyset
from app.utils import clock
from app.utils.ids import new_id


@dataclass(frozen=True, slots=True)
class Work:
    """Who does a kind of work, and in which order: jobs with the same lock one by one."""

    task: str
    lock: str
    queue: str = DEFAULT_QUEUE


# Kinds of work that can be begun once more; locks are filled in from the job's arguments.
WORK = {
    # What happened to one person's feedback is told in the order it happened.
    "contributions.tell": Work("contributions.tell", "contributions:{user_id}"),
    # Weights that change while others are being applied are applied after them.
    "priority.reweigh": Work("priority.reweigh", "priority:{model_id}"),
    # A version of the dataset is built by one at a time.
    "dataset.freeze": Work("dataset.freeze", "dataset.freeze:{version_id}"),
    # One conversation's messages are answered in the order they were said.
    "message": Work("messages.answer", "messages:{interaction_id}", MESSAGES_QUEUE),
    "erasure": Work("people.erase", "erasure:{job_id}"),
}


def begin(
    session: Session,
    *,
    queue: JobQueue,
    kind: str,
    user_id: str | None,
    arguments: dict[str, str],
    total: int | None = None,
    id_: UUID | None = None,
) -> Job:
    """Defer work of a kind in the caller's transaction and return the job that shows it.

    It has the id ``id_`` where whoever knows that is to find it.
    """
    job = Job(id=id_ or new_id(), kind=kind, user_id=user_id, total=total, arguments=arguments)
    session.add(job)
    session.flush()
    _defer(session, queue, job, arguments)
    return job


def create(session: Session, *, kind: str, user_id: str | None, total: int | None = None) -> UUID:
    """Make the row of a piece of work and return its id."""
    job = Job(kind=kind, user_id=user_id, total=total)
    session.add(job)
    session.flush()
    return job.id


def get(session: Session, *, principal: Principal, job_id: UUID) -> Job:
    """Return a job to the person it is done for, or to those who may read all."""
    job = session.get(Job, job_id)
    if job is None or not _may_see(principal, job):
        raise NotFound(f"there is no job {job_id} for you")
    return job


def _may_see(principal: Principal, job: Job) -> bool:
    """Say whether it is done for the principal, whose id is gone from it where they are erased."""
    if job.user_id == principal.id or principal.can(Permission.JOBS_READ_ALL):
        return True
    return is_mark(job.user_id) and job.user_id == mark_of(principal.id, job.id)


def list_all(
    session: Session, *, page: PageRequest, status: str | None = None, kind: str | None = None
) -> Page:
    """Return everybody's jobs, newest first."""
    query = select(Job)
    if status:
        query = query.where(Job.status == status)
    if kind:
        query = query.where(Job.kind == kind)
    return keyset.descending(session, query=query, by=(Job.id,), page=page)


def retry(session: Session, *, principal: Principal, queue: JobQueue, job_id: UUID) -> Job:
    """Put a failed job back into the queue, in the caller's transaction.

    Raises NotFound and Conflict: it has not failed, or it cannot be begun once more.
    """
    job = session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFound(f"there is no job {job_id} for you")
    if job.status != JobStatus.FAILED:
        raise Conflict(f"expected a failed job, found it {job.status}", code="job_not_failed")
    if job.kind not in WORK or job.arguments is None:
        raise Conflict(
            f"a job of the kind {job.kind!r} cannot be begun once more", code="job_not_retryable"
        )
    begin_again(session, queue=queue, job=job, arguments=job.arguments)
    data = {"id": str(job.id), "kind": job.kind}
    events.record(
        session, type_="job.retried", subject=f"job:{job.id}", actor=principal.id, data=data
    )
    session.flush()
    return job


def begin_again(session: Session, *, queue: JobQueue, job: Job, arguments: dict[str, Any]) -> None:
    """Put a job that is over back into the queue, as if it had never begun."""
    job.status, job.done, job.error, job.attempts = JobStatus.QUEUED, 0, None, 0
    job.started_at = job.finished_at = None
    job.arguments = arguments
    _defer(session, queue, job, arguments)


def start(session: Session, *, job_id: UUID) -> bool:
    """Mark a job as running; return False where it has succeeded and there is nothing to do.

    A second run of the same job starts it again.
    """
    started = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status != JobStatus.SUCCEEDED)
        .values(
            status=JobStatus.RUNNING,
            started_at=clock.now(),
            error=None,
            attempts=Job.attempts + 1,
        )
        .returning(Job.id)
    )
    return started.one_or_none() is not None


def progress(session: Session, *, job_id: UUID, done: int, total: int | None = None) -> None:
    """Store how far a job has come, and how far it has to go once that is known."""
    known = {} if total is None else {"total": total}
    _set(session, job_id, done=done, **known)


def total(session: Session, *, job_id: UUID) -> int:
    """Return how far a job was to go."""
    return session.get_one(Job, job_id, populate_existing=True).total or 0


def attempts(session: Session, *, job_id: UUID) -> int:
    """Return how often a job was begun."""
    return session.get_one(Job, job_id, populate_existing=True).attempts


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


def _defer(session: Session, queue: JobQueue, job: Job, arguments: dict[str, Any]) -> None:
    work = WORK[job.kind]
    named = {"job_id": str(job.id), **arguments}
    queue.defer(
        session,
        task=work.task,
        arguments=named,
        lock=work.lock.format(**named),
        queue=work.queue,
    )


def _set(session: Session, job_id: UUID, **values: Any) -> None:
    session.execute(update(Job).where(Job.id == job_id).values(**values))
