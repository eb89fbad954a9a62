"""Asking a model: stored before asked, answered with no connection held, stored before replied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import stamina
from sqlalchemy.orm import Session

from app.clients.inference.base import Completion, InferenceError, InferenceProvider
from app.db import Transactions, is_passing
from app.domain.access import Principal
from app.domain.deadline import Deadline
from app.domain.memory import Turn, messages_for
from app.errors import (
    AppError,
    Conflict,
    Invalid,
    ModelFailed,
    ModelTimeout,
    ModelUnavailable,
    Unavailable,
)
from app.services import exchanges
from app.services.exchanges import Exchange
from app.services.idempotency import Claim
from app.utils import clock

_T = TypeVar("_T")
# An answer that was paid for is worth a wait when the database has just gone away: not as
# long as the sweep leaves it open, nor as long as a stop waits.
_STORING_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks; ``kind`` ``chat`` goes with the conversation's memory."""

    kind: str
    content: str
    context: str | None = None
    system_prompt: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a call may take in all, how long after it the sweep waits, how much memory goes."""

    deadline_seconds: float
    grace_seconds: float
    context_characters: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored exchange; ``replayed`` where the answer was given before."""

    exchange: Exchange
    replayed: bool = False


def ask(
    transactions: Transactions,
    *,
    provider: InferenceProvider,
    principal: Principal,
    interaction_id: UUID,
    question: Question,
    limits: Limits,
    claim: Claim | None = None,
) -> Answer:
    """Store the prompt, ask the model, store the answer, and return both.

    Raises NotFound, Conflict (ended, ``model_not_served``, a repeat while the first runs),
    Invalid, ModelFailed, ModelUnavailable, ModelTimeout; from the moment the prompt is
    stored the error carries ``prompt_id`` and ``response_id``.
    """
    deadline = Deadline.after(limits.deadline_seconds)
    due_at = clock.now() + timedelta(seconds=limits.deadline_seconds + limits.grace_seconds)
    with transactions() as session:
        opened = exchanges.open_exchange(
            session,
            principal=principal,
            interaction_id=interaction_id,
            question=exchanges.PromptText(
                kind=question.kind,
                content=question.content,
                context=question.context,
                system_prompt=question.system_prompt,
                parameters=question.parameters,
            ),
            due_at=due_at,
            claim=claim,
        )
        if opened.answered:
            return Answer(opened.exchange, replayed=True)
        turns = exchanges.turns_before(session, opened=opened) if question.kind == "chat" else []
    ready = _Ready(opened, question, turns, limits.context_characters, deadline)
    record = _Record(transactions, opened, min(_STORING_SECONDS, limits.grace_seconds))
    return Answer(_run(partial(_call, provider, ready), record))


@dataclass(frozen=True, slots=True)
class _Ready:
    """What the call to the model needs; no session is among it."""

    opened: exchanges.OpenedExchange
    question: Question
    turns: Sequence[Turn]
    characters: int
    deadline: Deadline


def _call(provider: InferenceProvider, ready: _Ready) -> Completion:
    question, model_id = ready.question, ready.opened.exchange.response.model_id
    if question.kind == "chat":
        messages = messages_for(
            turns=ready.turns,
            content=question.content,
            system_prompt=question.system_prompt or ready.opened.system_prompt,
            characters=ready.characters,
        )
        return provider.chat(
            model_id=model_id,
            messages=messages,
            parameters=question.parameters,
            deadline=ready.deadline,
        )
    return provider.query(
        model_id=model_id,
        content=question.content,
        context=question.context,
        parameters=question.parameters,
        deadline=ready.deadline,
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """Stores what came of an exchange; ``seconds`` is how long it insists."""

    transactions: Transactions
    opened: exchanges.OpenedExchange
    seconds: float

    def answer(self, completion: Completion) -> Any | None:
        """Return the response, or None where it had been ended before."""
        return self._insist(
            lambda session: exchanges.complete(session, opened=self.opened, completion=completion)
        )

    def failure(self, error: InferenceError) -> None:
        self._insist(
            lambda session: exchanges.fail(
                session,
                response_id=self.opened.exchange.response.id,
                code=error.code,
                message=error.message,
                endpoint_name=error.endpoint_name,
                raw=error.raw,
            )
        )

    def _insist(self, store: Callable[[Session], _T]) -> _T:
        """Store in a transaction, trying again while the database is away."""

        def once() -> _T:
            with self.transactions() as session:
                return store(session)

        insisting = stamina.RetryingCaller(attempts=None, timeout=self.seconds, wait_max=1.0)
        try:
            # Without arguments: the library would log them, and they are texts.
            return insisting(is_passing, once)
        except Exception as error:
            if not is_passing(error):
                raise
            message = "the database went away before the answer was stored"
            raise Unavailable(message, **_ids(self.opened.exchange)) from error


def _run(call: Callable[[], Completion], record: _Record) -> Exchange:
    exchange = record.opened.exchange
    try:
        completion = call()
    except InferenceError as error:
        record.failure(error)
        raise _problem(error, exchange) from error
    except Exception:
        # A fault of ours must not leave the response pending until the sweep.
        record.failure(InferenceError("internal", "the call broke off"))
        raise
    response = record.answer(completion)
    if response is None:
        raise ModelTimeout("the answer came after the response had been ended", **_ids(exchange))
    return replace(exchange, response=response)


_PROBLEMS: dict[str, type[AppError]] = {
    "model_not_served": Conflict,
    "model_context_missing": Invalid,
    "model_unavailable": ModelUnavailable,
    "model_not_ready": ModelUnavailable,
    "model_timeout": ModelTimeout,
}


def _problem(error: InferenceError, exchange: Exchange) -> AppError:
    kind = _PROBLEMS.get(error.code, ModelFailed)
    return kind(error.message, code=error.code, **_ids(exchange))


def _ids(exchange: Exchange) -> dict[str, Any]:
    return {"prompt_id": str(exchange.prompt.id), "response_id": str(exchange.response.id)}
