"""Any provider, with a note of how each call went."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.clients.inference.base import (
    Completion,
    InferenceError,
    InferenceProvider,
    InferenceRequest,
    Pieces,
)
from app.clients.inference.health import HealthBook

# The question was at fault: it says nothing of the model.
_NOT_THE_MODELS = frozenset({"model_context_missing"})


class Measured:
    """Asks a provider and writes into the book; ``key_of`` is what a model is called there."""

    def __init__(
        self, provider: InferenceProvider, book: HealthBook, *, key_of: Callable[[str], str]
    ) -> None:
        self._provider = provider
        self._book = book
        self._key_of = key_of

    def complete(self, request: InferenceRequest) -> Completion:
        """Return the whole answer."""
        with self._noted(request.model_id):
            return self._answered(request.model_id, self._provider.complete(request))

    def stream(self, request: InferenceRequest) -> Pieces:
        """Give the answer as it comes."""
        with self._noted(request.model_id):
            completion = yield from self._provider.stream(request)
            return self._answered(request.model_id, completion)

    def health(self) -> bool:
        """Ask the provider, whatever is known of its models."""
        return self._provider.health()

    def _answered(self, model_id: str, completion: Completion) -> Completion:
        self._book.answered(self._key_of(model_id), latency_ms=completion.latency_ms)
        return completion

    @contextmanager
    def _noted(self, model_id: str) -> Iterator[None]:
        """Note a failure in the block; who leaves a stream early says nothing of the model."""
        try:
            yield
        except InferenceError as error:
            if error.code not in _NOT_THE_MODELS:
                self._book.failed(self._key_of(model_id))
            raise
