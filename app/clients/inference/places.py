"""Places at an endpoint: how many calls it has at a time, counted over all nodes.

A place is given back, or falls free by itself some time after its holder was last heard
of, so that a node that is killed takes none along. Without Redis each process counts its own.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from app.clients.redis_link import RedisLink, Script
from app.utils.ids import new_id

# Returns whether there was a place. The clock is Redis's: nodes' own may differ.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
"""
_HOLD = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
"""
_LEAVE = "return redis.call('ZREM', KEYS[1], ARGV[1])"
_RENEWALS = 4


class Place:
    """A place for ``seconds``, or until ``leave``; ``hold`` keeps it for as long again."""

    def __init__(self, leave: Callable[[], None], hold: Callable[[], None], seconds: float) -> None:
        self._leave = leave
        self._hold = hold
        self._every = seconds / _RENEWALS
        self._held_at = time.monotonic()

    def hold(self) -> None:
        """Say that it is still needed; doing so often costs nothing."""
        now = time.monotonic()
        if now - self._held_at >= self._every:
            self._held_at = now
            self._hold()

    def leave(self) -> None:
        """Give it back."""
        self._leave()


class Places:
    """Gives places out; safe for threads."""

    def __init__(self, link: RedisLink | None) -> None:
        self._lock = threading.Lock()
        self._own: Counter[str] = Counter()
        self._scripts: list[Script] | None = (
            [link.script(text) for text in (_TAKE, _HOLD, _LEAVE)] if link else None
        )

    def take(self, key: str, *, limit: int, seconds: float) -> Place | None:
        """Return one of ``limit`` places, or None where all are taken."""
        name, names = str(new_id()), [f"places:{key}"]
        milliseconds = max(1, int(1000 * seconds))
        told = self._run(0, names, [name, limit, milliseconds])
        with self._lock:
            if told == 0 or (told is None and self._own[key] >= limit):
                return None
            self._own[key] += 1

        def leave() -> None:
            with self._lock:
                self._own[key] -= 1
                # A Counter keeps its noughts, and keys come from models' names.
                self._own += Counter()
            if told:
                self._run(2, names, [name])

        def hold() -> None:
            if told:
                self._run(1, names, [name, milliseconds])

        return Place(leave, hold, seconds)

    def _run(self, which: int, names: list[str], arguments: list[object]) -> int | None:
        answer: int | None = self._scripts[which](names, arguments) if self._scripts else None
        return answer
