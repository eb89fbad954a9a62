"""Keeping away from a remote that just failed, so that its silence costs little.

Not pybreaker, which holds one lock while a call runs: calls would wait for each other.
"""

import threading
import time
from collections.abc import Callable


class Circuit:
    """After a failure nobody is let through for a while; then one is, to try."""

    def __init__(self, rest_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until: float | None = None

    def lets_through(self) -> bool:
        """Say whether to call; who is let through reports how it went."""
        with self._lock:
            if self._rests_until is None:
                return True
            if self._clock() < self._rests_until:
                return False
            # The others wait for what this one finds out.
            self._rests_until = self._clock() + self._rest_seconds
            return True

    def succeeded(self) -> None:
        """Let everybody through."""
        with self._lock:
            self._rests_until = None

    def failed(self) -> None:
        """Let nobody through for a while."""
        with self._lock:
            self._rests_until = self._clock() + self._rest_seconds
