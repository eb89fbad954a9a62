"""Periodic tasks that keep the tables in order."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from app.clients.live import Live
from app.config import Config
from app.db import transaction
from app.services import idempotency, languages, responses, retention, token_usage
from app.utils import clock

_log = structlog.get_logger(__name__)
_BATCH = 500


def ender(live: Live) -> Callable[..., None]:
    """Return the task that ends what a crash left open, in batches of one transaction each."""

    def end_overdue(*, timestamp: int) -> None:
        del timestamp
        ended = _BATCH
        while ended == _BATCH:
            with transaction() as session:
                moment = clock.now()
                ended = responses.end_overdue(session, moment=moment, limit=_BATCH, live=live)
            if ended:
                _log.warning("responses.ended_overdue", ended=ended)

    return end_overdue


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


def find_languages(*, timestamp: int) -> None:
    """Find out which languages the questions of the dataset are in, a batch a transaction."""
    del timestamp
    looked_at = _BATCH
    while looked_at == _BATCH:
        with transaction() as session:
            looked_at = languages.find(session, limit=_BATCH)


def remove_old_data(*, timestamp: int) -> None:
    """Remove what policies keep for a time only, and counts of tokens, once that is over."""
    del timestamp
    retention.apply(transaction)
    # An answer of yesterday may still be counted.
    day = (clock.now() - timedelta(days=1)).date()
    gone = _BATCH
    while gone == _BATCH:
        with transaction() as session:
            gone = token_usage.forget_before(session, day=day, limit=_BATCH)
