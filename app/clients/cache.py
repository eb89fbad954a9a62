"""What may be forgotten at any time: values kept for a while in Redis, or nowhere."""

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from app.clients.redis_link import RedisLink

# An answer out of memory takes far less than a millisecond; one that takes longer than
# this costs more than it saves.
_TIMEOUT_SECONDS = 0.25
_REST_SECONDS = 3.0


class Cache(Protocol):
    """Keeps JSON values; whatever fails is a miss."""

    def get(self, key: str) -> Any | None:
        """Return what is kept under ``key``, or None."""
        ...

    def get_all(self, keys: Sequence[str]) -> list[Any | None]:
        """Return what is kept under each of ``keys``, or None, in one journey."""
        ...

    def set(self, key: str, value: Any, *, seconds: float) -> None:
        """Keep ``value`` for ``seconds``, if possible."""
        ...

    def delete(self, key: str) -> None:
        """Keep nothing under ``key``, if possible."""
        ...

    def add(self, key: str, amount: int, *, seconds: int) -> int | None:
        """Add to the number under ``key``, kept for ``seconds`` more; return the sum or None."""
        ...

    def ping(self) -> bool:
        """Say whether values are kept at the moment."""
        ...


class NullCache:
    """Keeps nothing."""

    def get(self, key: str) -> None:  # noqa: ARG002
        """Miss."""
        return

    def get_all(self, keys: Sequence[str]) -> list[Any | None]:
        """Miss every one."""
        return [None] * len(keys)

    def set(self, key: str, value: Any, *, seconds: float) -> None:
        """Keep nothing."""

    def delete(self, key: str) -> None:
        """Keep nothing, still."""

    def add(self, key: str, amount: int, *, seconds: int) -> None:
        """Count nothing."""

    def ping(self) -> bool:
        """Say that nothing is kept."""
        return False


class RedisCache:
    """Keeps values in Redis, by a ``link`` that others may share."""

    def __init__(self, url: str, *, prefix: str = "interaction:") -> None:
        self.link = RedisLink(
            url, prefix=prefix, timeout_seconds=_TIMEOUT_SECONDS, rest_seconds=_REST_SECONDS
        )
        self._redis = self.link.redis

    def get(self, key: str) -> Any | None:
        """Return what is kept under ``key``; None also for what is no JSON."""
        return _unpacked(self.link.run(lambda: self._redis.get(self.link.key(key))))

    def get_all(self, keys: Sequence[str]) -> list[Any | None]:
        """Return what is kept under each of ``keys``, of which there is at least one."""
        names = [self.link.key(key) for key in keys]
        kept = self.link.run(lambda: self._redis.mget(names))
        return [_unpacked(value) for value in kept or [None] * len(names)]

    def set(self, key: str, value: Any, *, seconds: float) -> None:
        """Keep ``value``; less than a millisecond is not at all."""
        milliseconds = int(1000 * seconds)
        if milliseconds > 0:
            packed = orjson.dumps(value)
            self.link.run(lambda: self._redis.set(self.link.key(key), packed, px=milliseconds))

    def delete(self, key: str) -> None:
        """Forget ``key``."""
        self.link.run(lambda: self._redis.delete(self.link.key(key)))

    def add(self, key: str, amount: int, *, seconds: int) -> int | None:
        """Add and renew the time in one journey."""
        journey = self._redis.pipeline(transaction=False)
        journey.incrby(self.link.key(key), amount)
        journey.expire(self.link.key(key), seconds)
        sums = self.link.run(journey.execute)
        return sums[0] if sums else None

    def ping(self) -> bool:
        """Say whether Redis answers."""
        return bool(self.link.run(self._redis.ping))


def _unpacked(kept: Any) -> Any | None:
    try:
        return orjson.loads(kept) if kept else None
    except (orjson.JSONDecodeError, TypeError):
        return None
