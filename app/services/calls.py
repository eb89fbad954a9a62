"""Calls to models: one after the other of those that may answer, none asked twice for nothing."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import stamina
from sqlalchemy.orm import Session

from app.clients.inference.base import (
    Completion,
    InferenceError,
    InferenceProvider,
    InferenceRequest,
    Pieces,
)
from app.domain.deadline import Deadline
from app.services.served_models import Target

_T = TypeVar("_T")
Providers = Callable[[Target], InferenceProvider]

# After these somebody else may be asked, where the model has somebody else.
_OTHERS_MAY_HELP = frozenset(
    {
        *("model_not_served", "model_unavailable", "model_not_ready", "model_busy"),
        *("model_failed", "model_timeout"),
    }
)
_ATTEMPTS = 3
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a model is to answer: ``messages`` of a conversation, or ``content`` alone.

    ``targets`` are asked in their order until one answers; at least one is there.
    ``afterwards`` belongs in the transaction that stores the answer.
    """

    targets: Sequence[Target]
    content: str
    context: str | None = None
    messages: Sequence[Mapping[str, Any]] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    deadline: Deadline
    afterwards: Callable[[Session], None] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, and who gave it."""

    completion: Completion
    target: Target


def complete(providers: Providers, *, call: Call) -> Outcome:
    """Return the first answer; raises the last InferenceError."""

    def ask(target: Target) -> Outcome:
        return Outcome(providers(target).complete(_request(call, target)), target)

    return _of_first(call, ask)


def stream(providers: Providers, *, call: Call) -> Generator[str, None, Outcome]:
    """Yield the pieces of the first answer that begins, and return it.

    Raises the last InferenceError; once there is a piece nobody else is asked.
    """

    def ask(target: Target) -> _Begun | Outcome:
        return _begin(providers(target).stream(_request(call, target)), target)

    begun = _of_first(call, ask)
    if isinstance(begun, Outcome):
        return begun
    try:
        yield begun.first
        completion = yield from begun.rest
    finally:
        begun.rest.close()
    return Outcome(completion, begun.target)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A stream whose first piece is there."""

    first: str
    rest: Pieces
    target: Target


def _begin(pieces: Pieces, target: Target) -> "_Begun | Outcome":
    try:
        return _Begun(next(pieces), pieces, target)
    except StopIteration as end:
        # An answer without a word.
        return Outcome(end.value, target)


def _of_first(call: Call, ask: Callable[[Target], _T]) -> _T:
    *others, last = call.targets
    for target in others:
        try:
            return _insist(lambda target=target: ask(target), call.deadline)  # type: ignore[misc]
        except InferenceError as error:
            if error.code not in _OTHERS_MAY_HELP or not call.deadline.remaining():
                raise
    return _insist(lambda: ask(last), call.deadline)


def _insist(ask: Callable[[], _T], deadline: Deadline) -> _T:
    """Ask again while it is certain that no model has run."""
    asking = stamina.RetryingCaller(
        attempts=_ATTEMPTS,
        timeout=deadline.remaining() / 2,
        wait_initial=0.1,
        wait_jitter=0.2,
        wait_max=_LONGEST_PAUSE,
    )
    return asking(_is_safe_to_repeat, ask)


def _is_safe_to_repeat(error: Exception) -> bool:
    if not isinstance(error, InferenceError):
        return False
    # Who keeps away from an endpoint knows for how long: that is not now.
    return error.code in {"model_not_ready", "model_unavailable"} and error.retry_after is None


def _request(call: Call, target: Target) -> InferenceRequest:
    return InferenceRequest(
        model_id=target.model_id,
        content=call.content,
        context=call.context,
        messages=call.messages,
        parameters=call.parameters,
        deadline=call.deadline,
    )
