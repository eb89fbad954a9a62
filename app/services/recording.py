"""Recording: what came of a call is stored, even where the database has just gone away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import stamina
from sqlalchemy.orm import Session

from app.clients.inference.base import InferenceError
from app.db import Transactions, is_passing
from app.domain.states import ResponseStatus
from app.errors import (
    AppError,
    Conflict,
    Invalid,
    ModelFailed,
    ModelTimeout,
    ModelUnavailable,
    TooMany,
    Unavailable,
)
from app.services import endings
from app.services.calls import Outcome
from app.services.endings import NOTHING, Streamed

_PROBLEMS: dict[str, type[AppError]] = {
    "model_not_served": Conflict,
    "model_context_missing": Invalid,
    "model_unavailable": ModelUnavailable,
    "model_not_ready": ModelUnavailable,
    "model_busy": TooMany,
    "model_timeout": ModelTimeout,
    "interrupted": Unavailable,
}


@dataclass(frozen=True, slots=True)
class Record:
    """Stores what came of one response to a prompt; ``seconds`` is how long it insists.

    ``afterwards`` is done in the transaction that stores an answer. ``told`` is called with the
    response as it is when it has ended.
    """

    transactions: Transactions
    prompt_id: UUID
    response_id: UUID
    seconds: float
    afterwards: Callable[[Session], None] | None = None
    told: Callable[[Any], None] | None = None

    def answer(self, outcome: Outcome, streamed: Streamed = NOTHING) -> Any:
        """Store the answer and return the response; raises AppError where it was ended before."""

        def store(session: Session) -> Any:
            stored = endings.complete(
                session, response_id=self.response_id, outcome=outcome, streamed=streamed
            )
            if self.afterwards and stored.status == ResponseStatus.COMPLETE:
                self.afterwards(session)
            return stored

        response = self._insist(store)
        if response.status != ResponseStatus.COMPLETE:
            raise self._too_late(response.status)
        return response

    def failed(self, error: InferenceError, streamed: Streamed = NOTHING) -> Any:
        """Store why there is no answer, with what has come, and return the response."""
        return self._insist(
            lambda session: endings.fail(
                session, response_id=self.response_id, error=error, streamed=streamed
            )
        )

    def cancelled(self, actor: str | None, streamed: Streamed = NOTHING) -> Any:
        """Store that nobody wants more, with what has come, and return the response."""
        return self._insist(
            lambda session: endings.cancel(
                session, response_id=self.response_id, actor=actor, streamed=streamed
            )
        )

    def problem(self, error: InferenceError, response: Any) -> AppError:
        """Return the problem that a failure is to who asked, ``response`` being as stored."""
        if response.status == ResponseStatus.CANCELLED:
            return self._too_late(response.status)
        return problem_of(
            error.code, message=error.message, retry_after=error.retry_after, **self.ids
        )

    def _too_late(self, status: str) -> AppError:
        if status == ResponseStatus.CANCELLED:
            message = "the response was cancelled while the model answered"
            return Conflict(message, code="response_cancelled", **self.ids)
        return ModelTimeout("the answer came after the response had been ended", **self.ids)

    @property
    def ids(self) -> dict[str, Any]:
        """What the caller goes on with."""
        return {"prompt_id": str(self.prompt_id), "response_id": str(self.response_id)}

    def _insist(self, store: Callable[[Session], Any]) -> Any:
        """Store in a transaction, trying again while the database is away."""

        def once() -> Any:
            with self.transactions() as session:
                return store(session)

        insisting = stamina.RetryingCaller(attempts=None, timeout=self.seconds, wait_max=1.0)
        try:
            # Without arguments: the library would log them, and they are texts.
            response = insisting(is_passing, once)
        except Exception as error:
            if not is_passing(error):
                raise
            message = "the database went away before the answer was stored"
            raise Unavailable(message, **self.ids) from error
        if self.told:
            self.told(response)
        return response


def problem_of(
    code: str, *, message: str, retry_after: float | None = None, **ids: Any
) -> AppError:
    """Return the problem that a failed response is to who asked for it."""
    kind = _PROBLEMS.get(code, ModelFailed)
    if retry_after is not None and issubclass(kind, Unavailable | TooMany):
        return kind(message, code=code, retry_after=retry_after, **ids)
    return kind(message, code=code, **ids)
