"""What every provider of models can do, and how it fails."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from app.domain.deadline import Deadline

FailureCode = Literal[
    "model_not_served",
    "model_unavailable",
    "model_timeout",
    "model_failed",
    "model_context_missing",
    "model_not_ready",
    "model_busy",
    "internal",
    "interrupted",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer of a model.

    ``raw`` is the whole body it came in; it and ``text`` hold no NUL and no lone
    surrogate, so that every store and encoding takes them. Tokens are None where nobody
    counted. ``latency_ms`` is the model's call alone, without the search for its endpoint.
    ``message`` is the assistant's message as it was sent, where it says more than the text:
    calls of tools, a refusal. The ``raw`` of a stream is the body put together from it.
    """

    text: str
    endpoint_name: str
    provider: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    raw: str
    latency_ms: int
    model_version: str | None
    message: Mapping[str, Any] | None = None


class InferenceError(Exception):
    """No answer; ``code`` says whose turn it is.

    ``model_not_served``: nobody serves the model. ``model_unavailable``: the model side
    cannot be reached. ``model_not_ready``: it will serve the model, or has too much to do.
    ``model_timeout``: the deadline passed. ``model_failed``: it answered, but with no
    answer. ``model_context_missing``: the model's task needs a context, and none was given.
    ``model_busy``: as many calls as it may have at a time are under way. ``interrupted``:
    the service stopped in between. ``internal``: a fault of the service's own.
    ``retry_after`` is when to try again, in seconds, where that is known.
    """

    def __init__(
        self,
        code: FailureCode,
        message: str,
        endpoint_name: str | None = None,
        raw: str | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code: FailureCode = code
        self.message = message
        self.endpoint_name = endpoint_name
        self.raw = raw
        self.retry_after = retry_after


# Yields the pieces of an answer's text as they come, none of them empty, and returns the
# whole answer. Closing it ends the call to the model side.
Pieces = Generator[str, None, Completion]


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceRequest:
    """What a model is to answer, and until when.

    ``messages`` are those of a conversation, ``{role, content}``, oldest first. Without them
    it is ``content`` alone, a single question without memory, with its ``context``.
    """

    model_id: str
    content: str = ""
    context: str | None = None
    messages: Sequence[Mapping[str, Any]] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    deadline: Deadline


class InferenceProvider(Protocol):
    """Answers questions by models; every failure is an InferenceError."""

    def complete(self, request: InferenceRequest) -> Completion:
        """Return the whole answer."""
        ...

    def stream(self, request: InferenceRequest) -> Pieces:
        """Give the answer as it comes.

        The model is asked when the first piece is wanted. Any thread may go on with a
        stream, one at a time.
        """
        ...

    def health(self) -> bool:
        """Say whether the model side answers."""
        ...
