"""A part that others connect to: it has a URL, and it is ready at some moment."""

import time
from abc import ABC, abstractmethod

from devstack.child import Child
from devstack.errors import PartError

_POLL_SECONDS = 0.02


class Server(Child, ABC):
    """A child with a URL that stays the same over restarts."""

    ready_seconds = 60.0

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL to reach it by."""

    @abstractmethod
    def begin(self) -> None:
        """Start the program; it may not answer yet."""

    @abstractmethod
    def answers(self) -> bool:
        """Say whether it can be used."""

    def wait_ready(self) -> None:
        """Wait until it answers.

        Raises PartError with its last words when it ends or takes too long.
        """
        deadline = time.monotonic() + self.ready_seconds
        while not self.answers():
            if self.poll() is not None:
                raise PartError(self._fault(self.ended_as()))
            if time.monotonic() > deadline:
                self.stop()
                raise PartError(self._fault("did not answer in time"))
            time.sleep(_POLL_SECONDS)

    def restart(self) -> None:
        """Stop it if it runs, start it again, and wait until it answers."""
        self.stop()
        self.begin()
        self.wait_ready()

    def _fault(self, what: str) -> str:
        words = self.last_words()
        return f"{self.name} {what}" + (f"; its last words:\n{words}" if words else "")
