"""Requests: who may have whose data erased, and the one job that does it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.access import Permission, Principal
from app.domain.forgotten import new_pseudonym
from app.domain.states import JobStatus
from app.errors import Forbidden
from app.models import Erasure, Job
from app.services import events, jobs, mutex

KIND = "erasure"


def request(session: Session, *, principal: Principal, queue: JobQueue, user_id: str) -> UUID:
    """Have everything of a person's erased, and return the job; one that runs is the same one.

    Raises Forbidden for the data of others.
    """
    refuse_others(principal, user_id=user_id, permission=Permission.PERSONAL_DATA_ERASE_ALL)
    mutex.hold(session, name=f"{KIND}:{user_id}")
    known = session.scalar(select(Erasure).where(Erasure.user_id == user_id))
    if known is not None:
        return _again(session, queue, known.job_id)
    job = jobs.begin(session, queue=queue, kind=KIND, user_id=user_id, arguments={})
    session.add(Erasure(job_id=job.id, user_id=user_id, pseudonym=new_pseudonym()))
    data = {"id": str(job.id)}
    events.record(
        session,
        type_="person.erasure_requested",
        subject=f"job:{job.id}",
        actor=principal.id,
        data=data,
    )
    session.flush()
    return job.id


def refuse_others(principal: Principal, *, user_id: str, permission: Permission) -> None:
    """Raise Forbidden, whether or not there is such a person."""
    if user_id != principal.id and not principal.can(permission):
        raise Forbidden("these are the data of another person", code="not_your_data")


def _again(session: Session, queue: JobQueue, job_id: UUID) -> UUID:
    """Return the job that runs, begun once more where it had failed."""
    job = session.get_one(Job, job_id, with_for_update=True)
    if job.status == JobStatus.FAILED:
        jobs.begin_again(session, queue=queue, job=job, arguments={})
    return job_id
