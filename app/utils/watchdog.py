"""Limits by the wall clock: one thread a process that acts when a limit is over.

Timeouts of sockets count from one byte to the next, so a peer that drips holds them for
ever. Somebody else has to look at the clock, and end the wait from outside.
"""

import heapq
import itertools
import logging
import math
import os
import threading
import time
from collections.abc import Callable
from typing import Self

_logger = logging.getLogger(__name__)
# Limits that ended in time stay in the heap until it has grown to this, or doubled.
_FEW = 256


class Timer:
    """A limit in force inside its ``with`` block; ``expired`` says whether it was over.

    Its action runs once at most, in the watchdog's thread, and never after the block.
    """

    __slots__ = ("_action", "_lock", "_seconds", "expired")

    def __init__(self, seconds: float, action: Callable[[], object]) -> None:
        self._seconds = seconds
        self._action: Callable[[], object] | None = action
        self._lock = threading.Lock()
        self.expired = False

    def __enter__(self) -> Self:
        _watchdog.watch(time.monotonic() + self._seconds, self)
        return self

    def __exit__(self, *_: object) -> None:
        # Waits for an action that runs just now, so that it meets what it was meant for.
        with self._lock:
            self._action = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to watch."""
        return self._action is None

    def expire(self) -> None:
        """Act, unless the block was left before."""
        with self._lock:
            if self._action is None:
                return
            action, self._action = self._action, None
            self.expired = True
            try:
                action()
            except Exception:
                _logger.exception("the action of a limit failed")


class _Watchdog:
    """The thread and the limits it watches, earliest first."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a child process has to: its parent's thread is not there."""
        self._changed = threading.Condition(threading.Lock())
        self._limits: list[tuple[float, int, Timer]] = []
        self._tickets = itertools.count()
        self._crowded = _FEW
        self._thread: threading.Thread | None = None
        # Minus infinity while the thread is awake: it will look at the heap by itself.
        self._wakes_at = -math.inf

    def watch(self, at: float, timer: Timer) -> None:
        """Let ``timer`` expire at ``at``."""
        with self._changed:
            if len(self._limits) >= self._crowded:
                self._tidy()
            heapq.heappush(self._limits, (at, next(self._tickets), timer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif at < self._wakes_at:
                self._changed.notify()

    def _tidy(self) -> None:
        self._limits = [limit for limit in self._limits if not limit[2].is_over]
        heapq.heapify(self._limits)
        self._crowded = max(_FEW, 2 * len(self._limits))

    def _run(self) -> None:
        while True:
            self._next().expire()

    def _next(self) -> Timer:
        """Wait for the next limit to be over and return it."""
        with self._changed:
            while True:
                wait = self._wait_for()
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._limits)[2]
                self._changed.wait(wait)
                self._wakes_at = -math.inf

    def _wait_for(self) -> float | None:
        while self._limits and self._limits[0][2].is_over:
            heapq.heappop(self._limits)
        if not self._limits:
            self._wakes_at = math.inf
            return None
        self._wakes_at = self._limits[0][0]
        return self._wakes_at - time.monotonic()


_watchdog = _Watchdog()
os.register_at_fork(after_in_child=_watchdog.forget)


def limit(seconds: float, *, on_expiry: Callable[[], object]) -> Timer:
    """Return a limit for a ``with`` block: after ``seconds`` in it ``on_expiry`` is called.

    ``on_expiry`` runs in another thread and has to be quick, as shutting down a socket
    is: whatever else is due waits for it.
    """
    return Timer(seconds, on_expiry)
