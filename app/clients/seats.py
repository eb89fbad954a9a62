"""Seats: how many questions one person may have under way, over all nodes.

The first few of a person in each process are counted here alone, which costs nothing; beyond
them they share places, through Redis where it is there. So with several processes somebody may
get a few more than the limit, never less.
"""

import itertools
import threading
import time
from collections.abc import Callable

from app.clients.inference.places import Places
from app.clients.redis_link import RedisLink

# Of the limit, this part is free of Redis in each process.
_FREE_PART = 8

Leave = Callable[[], None]


class Seats:
    """Gives seats out, at most ``limit`` a person (0: as many as wanted); safe for threads."""

    def __init__(self, link: RedisLink | None, *, limit: int) -> None:
        self.limit = limit
        self._free = limit // _FREE_PART
        self._places = Places(link)
        self._lock = threading.Lock()
        self._tickets = itertools.count()
        # By person and ticket: until when. Who never gives a seat back has it no longer.
        self._taken: dict[str, dict[int, float]] = {}

    def take(self, person: str, *, seconds: float) -> Leave | None:
        """Return what gives the seat back, which it is without it after ``seconds``, too.

        None where all are taken.
        """
        if not self.limit:
            return lambda: None
        ticket = self._take_free(person, seconds)
        if ticket is not None:
            return lambda: self._leave_free(person, ticket)
        place = self._places.take(
            f"person:{person}", limit=self.limit - self._free, seconds=seconds
        )
        return place.leave if place else None

    def _take_free(self, person: str, seconds: float) -> int | None:
        now = time.monotonic()
        with self._lock:
            taken = {
                ticket: until
                for ticket, until in self._taken.get(person, {}).items()
                if until > now
            }
            if len(taken) >= self._free:
                return None
            ticket = next(self._tickets)
            self._taken[person] = {**taken, ticket: now + seconds}
            return ticket

    def _leave_free(self, person: str, ticket: int) -> None:
        with self._lock:
            taken = self._taken.get(person, {})
            taken.pop(ticket, None)
            if not taken:
                self._taken.pop(person, None)
