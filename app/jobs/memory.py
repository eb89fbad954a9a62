"""The task that has a model sum up the older part of a conversation."""

from collections.abc import Callable
from uuid import UUID

from app.clients.remotes import Remotes
from app.config import Config
from app.db import transaction
from app.services import summaries, summarising
from app.services.budgets import MemoryRules

TASK = summaries.TASK


def summariser(config: Config, remotes: Remotes) -> Callable[..., None]:
    """Return the task that sums up once; a model that fails is not asked again by the queue."""
    rules = MemoryRules.by(config, remotes)

    def summarise(*, interaction_id: str) -> None:
        summarising.summarise(
            transaction,
            providers=remotes.providers,
            interaction_id=UUID(interaction_id),
            rules=rules,
            deadline_seconds=config.model_deadline_seconds,
        )

    return summarise
