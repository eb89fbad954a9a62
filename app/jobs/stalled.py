"""The queue's own upkeep: jobs of dead workers are taken up again, old ones removed."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException

_log = structlog.get_logger(__name__)
_EVERY_HOUR = "43 * * * *"
_KEPT_HOURS = 24


def add_queue_upkeep(queue: App, *, schedule: str, silent_seconds: int) -> None:
    """Schedule what the library leaves to its users.

    A worker that was silent for ``silent_seconds`` is dead.
    """
    queue.periodic(cron=schedule, queueing_lock="queue.retry_stalled")(
        queue.task(name="queue.retry_stalled", queue="default", pass_context=True)(
            _retrier(silent_seconds)
        )
    )
    queue.periodic(cron=_EVERY_HOUR, queueing_lock="queue.remove_old")(
        queue.task(name="queue.remove_old", queue="default", pass_context=True)(remove_old)
    )


def _retrier(silent_seconds: int) -> Callable[..., Coroutine[Any, Any, None]]:
    async def retry_stalled(context: JobContext, *, timestamp: int) -> None:
        """Put the jobs of workers that have fallen silent back into the queue."""
        del timestamp
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds):
            try:
                await manager.retry_job(job)
            except ConnectorException:
                # It was not dead but late, and has just finished this one.
                _log.warning("queue.not_stalled", job_id=job.id)

    return retry_stalled


async def remove_old(context: JobContext, *, timestamp: int) -> None:
    """Remove jobs that succeeded a day ago; failed ones stay until a person looks."""
    del timestamp
    await context.app.job_manager.delete_old_jobs(nb_hours=_KEPT_HOURS)
