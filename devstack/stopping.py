"""Notices that somebody wants us to stop: Ctrl-C, SIGTERM, or the terminal closed."""

import signal
from collections.abc import Callable
from threading import Event
from time import monotonic, sleep

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL_SECONDS = 0.1


class StopRequested(Exception):  # It is no error.
    """Somebody asked to stop while something was still starting."""


class Stopping:
    """Two events: ``requested``, and ``hurry`` once Ctrl-C was pressed again."""

    def __init__(self) -> None:
        self.requested = Event()
        self.hurry = Event()
        self._asked_at = 0.0

    def listen(self) -> None:
        """Take the signals from now on; they set events and interrupt nothing."""
        for number in _SIGNALS:
            signal.signal(number, self._heard)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition; raises StopRequested when asked to stop meanwhile."""
        while not condition():
            if self.requested.is_set():
                raise StopRequested
            sleep(_POLL_SECONDS)

    def _heard(self, number: int, _frame: object) -> None:
        # One Ctrl-C may arrive twice: from the terminal, and passed on by make.
        again = self.requested.is_set() and monotonic() - self._asked_at > 1
        if again and number == signal.SIGINT:
            self.hurry.set()
        if not self.requested.is_set():
            self._asked_at = monotonic()
            self.requested.set()
