"""The task that erases a person's data."""

from collections.abc import Callable
from uuid import UUID

from app.clients.receipts import Signer
from app.clients.remotes import Remotes
from app.clients.storage import VersionsKept
from app.config import Config
from app.db import is_passing, transaction
from app.errors import AppError
from app.services import jobs
from app.services.erasure import erasing
from app.services.message_answers import TryLater

TASK = "people.erase"


def eraser(config: Config, remotes: Remotes) -> Callable[..., None]:
    """Return the task; it is begun again wherever it was left."""
    signer = Signer(config)

    def erase(*, job_id: str) -> None:
        try:
            erasing.erase(transaction, remotes=remotes, signer=signer, job_id=UUID(job_id))
        except Exception as error:
            if not isinstance(error, TryLater) and not is_passing(error):
                _give_up(UUID(job_id), error)
            raise

    return erase


def _give_up(job_id: UUID, error: Exception) -> None:
    """Say that it failed; whoever asks for the erasure again begins it again."""
    why = error.message if isinstance(error, AppError) else type(error).__name__
    code = error.code if isinstance(error, VersionsKept) else "erasure_failed"
    message = f"the erasure was not finished: {why}"
    with transaction() as session:
        jobs.fail(session, job_id=job_id, code=code, message=message)
