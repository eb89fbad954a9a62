"""Tasks that tell the User Profile Service what became of feedback."""

from collections.abc import Callable
from uuid import UUID

from app.clients.remotes import Remotes
from app.db import transaction
from app.services import contributions

TASK = contributions.TELL_TASK


def teller(remotes: Remotes) -> Callable[..., None]:
    """Return the task that tells once; a failure is retried by the queue."""

    def tell(*, job_id: str, user_id: str, feedback_id: str, status: str) -> None:
        contributions.tell(
            transaction,
            profiles=remotes.profiles,
            job_id=UUID(job_id),
            user_id=user_id,
            feedback_id=UUID(feedback_id),
            status=status,
        )

    return tell
