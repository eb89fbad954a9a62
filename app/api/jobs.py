"""Jobs: looking at background work, and beginning once more what failed."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal, remotes
from app.api.examples.operations import FAILED_JOB, JOB, RETRIED_JOB
from app.api.examples.story import page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.jobs import JobOut
from app.api.schemas.pages import JobsQuery, page_of
from app.db import transaction
from app.domain.access import Permission
from app.services import jobs

blueprint = Blueprint("jobs", __name__, description="Background work")


@blueprint.operation("GET", "/jobs", needs=Permission.JOBS_READ_ALL)
@blueprint.arguments(JobsQuery, location="query")
@blueprint.response(200, page_of(JobOut), example=page_example(FAILED_JOB))
def list_jobs(query: dict[str, Any]) -> Any:
    """List everybody's background work, newest first.

    `status=failed` shows what has been given up, or waits to be tried again.
    """
    page = page_request(query)
    with transaction() as session:
        return page_body(jobs.list_all(session, page=page, **query))


@blueprint.operation("GET", "/jobs/<uuid:job_id>", needs=Permission.JOBS_READ, errors=(404,))
@blueprint.response(200, JobOut, example=JOB)
def get_job(job_id: UUID) -> Any:
    """Show a job's progress and result."""
    with transaction() as session:
        return jobs.get(session, principal=principal(), job_id=job_id)


@blueprint.operation(
    "POST", "/jobs/<uuid:job_id>/retry", needs=Permission.JOBS_WRITE, errors=(404, 409)
)
@blueprint.response(202, JobOut, example=RETRIED_JOB)
def retry_job(job_id: UUID) -> Any:
    """Begin a failed job once more.

    A 409 is `job_not_failed`, or `job_not_retryable` for a kind of work that is never repeated.
    """
    with transaction() as session:
        return jobs.retry(session, principal=principal(), queue=remotes().queue, job_id=job_id)
