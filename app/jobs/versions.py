"""The task that builds a frozen version of the dataset."""

from collections.abc import Callable
from uuid import UUID

from app.clients.remotes import Remotes
from app.db import transaction
from app.services.frozen import freezing, versions

TASK = versions.KIND


def freezer(remotes: Remotes) -> Callable[..., None]:
    """Return the task that builds, or goes on building; a failure that passes is retried."""

    def freeze(*, job_id: str, version_id: str) -> None:
        freezing.freeze(
            transaction,
            storage=remotes.storage,
            job_id=UUID(job_id),
            version_id=UUID(version_id),
        )

    return freeze
