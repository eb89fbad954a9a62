"""The task that weighs waiting feedback anew."""

from collections.abc import Callable
from uuid import UUID

from app.db import transaction
from app.services import reweighing

TASK = reweighing.TASK


def reweigher() -> Callable[..., None]:
    """Return the task; begun again after a crash it does all of it once more."""

    def reweigh(*, job_id: str, model_id: str) -> None:
        reweighing.reweigh(transaction, job_id=UUID(job_id), model_id=model_id)

    return reweigh
