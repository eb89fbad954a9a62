"""Periodic tasks that measure people, and that look for what is odd."""

from collections.abc import Callable

import structlog

from app.config import Config
from app.db import transaction
from app.services import reliabilities, signals, vote_comparison

_log = structlog.get_logger(__name__)

MEASURE = "people.measure"
LOOK = "signals.look"


def measurer(config: Config) -> Callable[..., None]:
    """Return the task that counts anew how reliable people are, and how far they agree."""
    rule = reliabilities.forgetting(config)

    def measure(*, timestamp: int) -> None:
        del timestamp
        people = reliabilities.measure(transaction, rule=rule)
        vote_comparison.compare(transaction, most=config.compared_votes)
        _log.info("people.measured", people=people)

    return measure


def looker(config: Config) -> Callable[..., None]:
    """Return the task that looks for signals; it tells administrators, and does nothing else."""

    def look(*, timestamp: int) -> None:
        del timestamp
        found = signals.look(transaction, days=config.signals_days)
        _log.info("signals.looked", found=found)

    return look
