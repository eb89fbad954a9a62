"""Jobs: looking at background work."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.operations import JOB
from app.api.schemas.jobs import JobOut
from app.db import transaction
from app.domain.access import Permission
from app.services import jobs

blueprint = Blueprint("jobs", __name__, description="Background work")


@blueprint.operation("GET", "/jobs/<uuid:job_id>", needs=Permission.JOBS_READ, errors=(404,))
@blueprint.response(200, JobOut, example=JOB)
def get_job(job_id: UUID) -> Any:
    """Show a job's progress and result."""
    with transaction() as session:
        return jobs.get(session, principal=principal(), job_id=job_id)
