"""Watches children, and starts again what ends unasked, a bounded number of times."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from devstack.errors import PartError
from devstack.terminal import say

_MOST = 5
_WINDOW_SECONDS = 120.0


class Watchable(Protocol):
    """What is asked of a child."""

    @property
    def name(self) -> str:
        """What to call it."""

    def begin(self) -> None:
        """Start it."""

    def poll(self) -> int | None:
        """Return None while it runs."""

    def ended_as(self) -> str:
        """Return how it ended, in words."""


class Watch:
    """Looks after one child; ``delay`` is the pause in seconds before a new start."""

    def __init__(
        self,
        child: Watchable,
        *,
        delay: float,
        on_begin: Callable[[], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._child = child
        self._delay = delay
        self._on_begin = on_begin
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=_MOST)
        self._again_at: float | None = None

    def look(self) -> None:
        """Do what is due; raises PartError when the child keeps ending."""
        if self._again_at is not None:
            self._begin_when_due(self._again_at)
        elif self._child.poll() is not None:
            self._plan()

    def _plan(self) -> None:
        now, name, how = self._clock(), self._child.name, self._child.ended_as()
        if len(self._ends) == _MOST and now - self._ends[0] < _WINDOW_SECONDS:
            message = f"{name} {how} again and again; see the lines above and the logs"
            raise PartError(message)
        self._ends.append(now)
        self._again_at = now + self._delay
        say(f"{name} {how} unexpectedly; starting it again in {self._delay:g} s")

    def _begin_when_due(self, due: float) -> None:
        if self._clock() < due:
            return
        self._again_at = None
        self._child.begin()
        self._on_begin()
        say(f"{self._child.name} started again")
