"""Budgets: how much of a conversation a model is told, by what its route says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.clients.job_queue import JobQueue
from app.clients.remotes import Remotes
from app.config import Config
from app.domain.generation_parameters import answer_length
from app.domain.memory import Budget
from app.domain.token_count import TokenCounter
from app.services.served_models import Target

# What is kept free for the answer where nobody said how long it may be.
_ANSWER_SHARE = 4
_LONGEST_ANSWER = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRules:
    """How tokens are counted, and what holds where a model or a conversation says nothing.

    ``summaries`` is whether conversations are summarised that do not say, ``chat_by_query``
    whether the Model Service is asked by one text.
    """

    counter_for: Callable[[str], TokenCounter]
    context_tokens: int
    summaries: bool
    chat_by_query: bool
    queue: JobQueue

    @classmethod
    def by(cls, config: Config, remotes: Remotes) -> "MemoryRules":
        """Return the rules that the settings make."""
        return cls(
            counter_for=remotes.tokenizers.counter_for,
            context_tokens=config.chat_context_tokens,
            summaries=config.chat_summaries,
            chat_by_query=config.model_service_chat_by_query,
            queue=remotes.queue,
        )


def budget_for(*, target: Target, parameters: Mapping[str, Any], rules: MemoryRules) -> Budget:
    """Return the budget of a question to a model; ``parameters`` may say how long an answer is.

    Where nobody knows how much the model takes, a long answer takes no more than its share:
    the caller may know better.
    """
    context = target.context_tokens or rules.context_tokens
    share = min(context // _ANSWER_SHARE, _LONGEST_ANSWER)
    said = answer_length(parameters)
    known = target.context_tokens is not None
    return Budget(
        counter=rules.counter_for(target.model_id),
        context_tokens=context,
        answer_tokens=share if said is None or (said > share and not known) else said,
        is_known=known,
    )
