"""Tasks that tell the User Profile Service what became of feedback."""

from collections.abc import Callable
from uuid import UUID

from app.clients.remotes import Remotes
from app.db import transaction
from app.domain.levels import Level
from app.services import contributions
from app.services.points import Standing

TASK = contributions.TELL_TASK


def teller(remotes: Remotes) -> Callable[..., None]:
    """Return the task that tells once; a failure is retried by the queue."""

    def tell(
        *,
        job_id: str,
        user_id: str,
        feedback_id: str,
        status: str,
        points: str | None = None,
        level: str = Level.NEWCOMER,
    ) -> None:
        # What was deferred before there were points says nothing of them.
        standing = Standing(points=int(points), level=level) if points else None
        contributions.tell(
            transaction,
            profiles=remotes.profiles,
            job_id=UUID(job_id),
            user_id=user_id,
            feedback_id=UUID(feedback_id),
            status=status,
            standing=standing,
        )

    return tell
