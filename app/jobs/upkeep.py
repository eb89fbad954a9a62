"""Periodic tasks that keep the tables in order."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from app.config import Config
from app.db import transaction
from app.services import idempotency, responses
from app.utils import clock

_log = structlog.get_logger(__name__)
_BATCH = 500


def end_overdue(*, timestamp: int) -> None:
    """End the responses that a crash left open, in batches of one transaction each."""
    del timestamp
    ended = _BATCH
    while ended == _BATCH:
        with transaction() as session:
            ended = responses.end_overdue(session, moment=clock.now(), limit=_BATCH)
        if ended:
            _log.warning("responses.ended_overdue", ended=ended)


def forgetter(config: Config) -> Callable[..., None]:
    """Return the task that forgets idempotency keys once their time is over."""

    def forget(*, timestamp: int) -> None:
        del timestamp
        before = clock.now() - timedelta(hours=config.idempotency_hours)
        gone = _BATCH
        while gone == _BATCH:
            with transaction() as session:
                gone = idempotency.forget_before(session, moment=before, limit=_BATCH)

    return forget
