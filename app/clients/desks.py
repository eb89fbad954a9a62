"""Desks: how many large reads run at a time, of one person and of all, over all nodes.

Each holds a connection and much of the database's memory for up to a minute, so there are few.
Without Redis each process counts its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from app.clients.inference.places import Places
from app.clients.redis_link import RedisLink
from app.errors import AppError, TooMany, Unavailable

# Longer than nearly any such read takes; who was killed has the desk no longer then.
_SECONDS = 120
# What most of them take.
_SOON_SECONDS = 2


class Desks:
    """Gives desks out, ``of_one`` to a person and ``of_all`` in all (0: as many as wanted)."""

    def __init__(self, link: RedisLink | None, *, of_one: int, of_all: int) -> None:
        self._of_one, self._of_all = of_one, of_all
        self._places = Places(link)

    @contextmanager
    def taken(self, person: str) -> Iterator[None]:
        """Have a desk; raises TooMany where the person has all of theirs, else Unavailable."""
        with ExitStack() as held:
            self._take(held, f"reader:{person}", self._of_one, self._too_many())
            self._take(held, "readers", self._of_all, self._too_busy())
            yield

    def _take(self, held: ExitStack, key: str, limit: int, refusal: AppError) -> None:
        if not limit:
            return
        place = self._places.take(key, limit=limit, seconds=_SECONDS)
        if place is None:
            raise refusal
        held.callback(place.leave)

    def _too_many(self) -> AppError:
        return TooMany(
            f"expected at most {self._of_one} large reads of yours at a time",
            code="too_many_at_once",
            retry_after=_SOON_SECONDS,
            limit=self._of_one,
        )

    def _too_busy(self) -> AppError:
        return Unavailable(
            f"expected at most {self._of_all} large reads of all at a time",
            code="too_many_large_reads",
            retry_after=_SOON_SECONDS,
        )
