"""Whether this process is about to stop, and by when it has to be done."""

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_Action = Callable[[], object]
# Of the time that a stop has, this part is for storing what was broken off.
_STORING_PART = 10


class _Stop:
    """The moment by which all is over, and what waits for others until then."""

    def __init__(self) -> None:
        self.until = math.inf
        self._lock = threading.Lock()
        self._tickets = itertools.count()
        self._waits: dict[int, _Action] = {}
        self._timer: threading.Timer | None = None

    def begin(self, seconds: float) -> None:
        """Let all be over after ``seconds``, or earlier where that was said."""
        with self._lock:
            until = time.monotonic() + seconds
            if until >= self.until:
                return
            self.until = until
            self._cancel()
            self._timer = threading.Timer(seconds, self._break_off)
            self._timer.daemon = True
            self._timer.start()

    def forget(self) -> None:
        """Go on."""
        with self._lock:
            self.until = math.inf
            self._cancel()

    def add(self, action: _Action) -> int:
        """Have ``action`` called when all is over, at once where it is; return its ticket."""
        with self._lock:
            ticket = next(self._tickets)
            self._waits[ticket] = action
            is_late = time.monotonic() >= self.until
        if is_late:
            action()
        return ticket

    def remove(self, ticket: int) -> None:
        """Forget an action."""
        self._waits.pop(ticket, None)

    def _break_off(self) -> None:
        with self._lock:
            # Whoever comes from now on finds that it is late.
            self.until = min(self.until, time.monotonic())
            waits = list(self._waits.values())
        for action in waits:
            action()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()


_stop = _Stop()


def seconds_to_run(*, graceful_seconds: float, longest_call_seconds: float) -> float:
    """Return how long what is in flight may run on in a stop of ``graceful_seconds``.

    Longer than a call takes that is not streamed: none of these is broken off.
    """
    spare = (graceful_seconds - longest_call_seconds) / 2
    return graceful_seconds - min(graceful_seconds / _STORING_PART, spare)


def begin(seconds: float) -> None:
    """Say that what runs on after ``seconds`` is cut; who says so the soonest is right."""
    _stop.begin(seconds)


def is_over() -> bool:
    """Say whether whatever still runs must end now."""
    return time.monotonic() >= _stop.until


def forget() -> None:
    """Go on as if nobody had said so."""
    _stop.forget()


@contextmanager
def breaking_off(action: _Action) -> Iterator[None]:
    """Have ``action`` called when all is over while the block runs.

    It ends a wait for others. It runs in another thread, or before the block where all is
    over already, and has to be quick.
    """
    ticket = _stop.add(action)
    try:
        yield
    finally:
        _stop.remove(ticket)
