"""The task that answers a message in the background."""

import math
from collections.abc import Callable
from uuid import UUID

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from app.clients.remotes import Remotes
from app.config import Config
from app.db import Transactions, is_passing
from app.services import message_answers
from app.services.journal import Journal
from app.services.message_answers import NOBODY_ASKED, TryLater
from app.services.questions import Limits
from app.services.streaming import Recorder

TASK = message_answers.TASK
_LONGEST_SECONDS = 60


def answerer(config: Config, remotes: Remotes, transactions: Transactions) -> Callable[..., None]:
    """Return the task that answers once; its own failures say when to try again."""
    limits = Limits.by(config, remotes, streams=True)
    recorder = Recorder(
        transactions=transactions,
        providers=remotes.providers,
        journal=Journal(transactions, remotes.live),
        storing_seconds=limits.storing_seconds,
        tried_again=NOBODY_ASKED,
    )

    def answer(*, job_id: str, **_: str) -> None:
        message_answers.answer(recorder, limits=limits, job_id=UUID(job_id))

    return answer


class PassingFaults(BaseRetryStrategy):
    """Tries again when the answer is to be tried again, and while the database is away."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when; None where it would not help."""
        if isinstance(exception, TryLater):
            return RetryDecision(retry_in={"seconds": math.ceil(exception.retry_after)})
        if isinstance(exception, Exception) and is_passing(exception):
            seconds = min(_LONGEST_SECONDS, 2 ** min(job.attempts, 10))
            return RetryDecision(retry_in={"seconds": seconds})
        return None
