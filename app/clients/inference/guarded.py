"""Any provider, left alone while it keeps failing, and never asked by too many at a time."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from app.clients.inference.base import (
    Completion,
    InferenceError,
    InferenceProvider,
    InferenceRequest,
    Pieces,
)
from app.clients.inference.breaker import Breaker
from app.clients.inference.places import Place, Places
from app.domain.deadline import Deadline

# Nobody answered. Whoever answers, be it with an error, is there, and fails fast.
_FAULTS = frozenset({"model_unavailable", "model_timeout"})
# These are our own doing, and tell nothing.
_SILENT = frozenset({"model_busy", "interrupted"})
_LONGEST_HOLD = 60.0
_BUSY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``most`` calls at a time over all nodes; None for as many as come."""

    places: Places
    most: int | None = None


class _Visit:
    """One call at an endpoint; its first word shows that the endpoint works."""

    def __init__(self, works: Callable[[], None]) -> None:
        self._works: Callable[[], None] | None = works
        self.place: Place | None = None

    def heard(self) -> None:
        """Take note of a sign of life."""
        works, self._works = self._works, None
        if works:
            works()
        if self.place:
            self.place.hold()


class Guarded:
    """Asks a provider where its endpoint works and has room, and fails at once where not.

    ``key_of`` names the endpoint that serves a model: what is shared is shared by it.
    """

    def __init__(
        self,
        provider: InferenceProvider,
        breaker: Breaker | None,
        limit: Limit | None,
        *,
        key_of: Callable[[str], str] = str,
    ) -> None:
        self._provider = provider
        self._breaker = breaker
        self._limit = limit
        self._key_of = key_of

    def complete(self, request: InferenceRequest) -> Completion:
        """Return the whole answer."""
        with self._visit(request):
            return self._provider.complete(request)

    def stream(self, request: InferenceRequest) -> Pieces:
        """Give the answer as it comes; a stream that nobody began takes no place."""
        with closing(self._provider.stream(request)) as pieces, self._visit(request) as visit:
            while True:
                try:
                    piece = next(pieces)
                except StopIteration as end:
                    completion: Completion = end.value
                    return completion
                visit.heard()
                yield piece

    def health(self) -> bool:
        """Ask the provider, whatever is known of it."""
        return self._provider.health()

    @contextmanager
    def _visit(self, request: InferenceRequest) -> Iterator["_Visit"]:
        """Be at the endpoint in the block."""
        key = self._key_of(request.model_id)
        with self._reported(key) as visit, self._placed(key, request.deadline) as visit.place:
            yield visit

    @contextmanager
    def _placed(self, key: str, deadline: Deadline) -> Iterator[Place | None]:
        if self._limit is None or self._limit.most is None:
            yield None
            return
        seconds = min(_LONGEST_HOLD, deadline.remaining() + 1)
        place = self._limit.places.take(key, limit=self._limit.most, seconds=seconds)
        if place is None:
            message = f"the model has {self._limit.most} calls under way, and takes no more"
            raise InferenceError("model_busy", message, retry_after=_BUSY_SECONDS)
        try:
            yield place
        finally:
            place.leave()

    @contextmanager
    def _reported(self, key: str) -> Iterator["_Visit"]:
        """Tell the breaker how it went; leaving before the first word tells nothing."""
        breaker = self._breaker
        if breaker is None:
            yield _Visit(lambda: None)
            return
        wait = breaker.wait(key)
        if wait:
            message = "the model side keeps failing, and is left alone for a moment"
            raise InferenceError("model_unavailable", message, retry_after=wait)
        turn = breaker.turn(key)
        try:
            yield _Visit(lambda: breaker.succeeded(key))
        except InferenceError as error:
            if error.code in _FAULTS:
                breaker.failed(key, turn=turn)
            elif error.code not in _SILENT:
                breaker.succeeded(key)
            raise
        else:
            breaker.succeeded(key)
