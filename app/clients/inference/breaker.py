"""Keeping away from endpoints that keep failing, on all nodes at once.

Not pybreaker, which holds one lock while a call runs and asks its Redis several times a
call. Here a call to an endpoint that works costs nothing but a look at Redis once a second;
what one node finds out the others see with their next look. Without Redis each process
keeps away by what it has seen itself.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.clients.redis_link import RedisLink

_LOOK_SECONDS = 1.0
_MOST_KNOWN = 1024
# Failures in a row further apart than this have nothing to do with each other.
_ROW_SECONDS = 30.0
# How much longer than the rest a try is waited for before somebody else tries.
_TRY_RESTS = 1.5

# Returns milliseconds to stay away; 0 to whom shall try; -1 where nobody failed lately, -2
# where somebody did. Keys: failures, open, tripped, try.
_ADMIT = """
local rests = redis.call('PTTL', KEYS[2])
if rests > 0 then return rests end
if redis.call('EXISTS', KEYS[3]) == 1 then
  if redis.call('SET', KEYS[4], 1, 'NX', 'PX', ARGV[1]) then return 0 end
  return math.max(1, math.min(tonumber(ARGV[2]), redis.call('PTTL', KEYS[4])))
end
if redis.call('EXISTS', KEYS[1]) == 1 then return -2 end
return -1
"""
# Returns whether everybody keeps away now.
_FAIL = """
local failures = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local tripped = redis.call('EXISTS', KEYS[3]) == 1
if failures < tonumber(ARGV[1]) and not tripped then return 0 end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[3])
redis.call('SET', KEYS[3], 1, 'PX', ARGV[2])
redis.call('DEL', KEYS[4])
return 1
"""
_SUCCEED = "return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])"


@dataclass(slots=True)
class _View:
    """What this process knows of an endpoint; ``turns`` counts how often it was left alone."""

    looked_at: float = -math.inf
    away_until: float | None = None
    failures: int = 0
    is_suspect: bool = False
    turns: int = 0


class Breaker:
    """After some failures in a row nobody is let through for a while; then one is, to try."""

    def __init__(
        self,
        link: RedisLink | None,
        *,
        failures: int = 5,
        rest_seconds: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._views: dict[str, _View] = {}
        scripts = (_ADMIT, _FAIL, _SUCCEED)
        self._admit, self._fail, self._succeed = (
            link.script(text) if link else _nobody for text in scripts
        )

    def wait(self, key: str) -> float:
        """Return 0 where to go on, and report how it went; else the seconds to stay away."""
        with self._lock:
            view, now = self._view(key), self._clock()
            if view.away_until is not None and now < view.away_until:
                return view.away_until - now
            if view.away_until is None and now - view.looked_at < _LOOK_SECONDS:
                return 0.0
            view.looked_at = now
            if view.away_until is not None:
                # The others of this process wait for what this one finds out.
                view.away_until = now + self._rest_seconds
        rest = _milliseconds(self._rest_seconds)
        tries, look = int(_TRY_RESTS * rest), _milliseconds(_LOOK_SECONDS)
        return self._seen(view, self._admit(_names(key), [tries, look]))

    def turn(self, key: str) -> int:
        """Return what tells this time from the ones before: reports of these do not count."""
        with self._lock:
            return self._view(key).turns

    def failed(self, key: str, *, turn: int) -> None:
        """Note that a call begun in ``turn`` got no answer."""
        with self._lock:
            view = self._view(key)
            if view.turns != turn:
                return
            view.failures += 1
            view.is_suspect = True
            is_enough = view.failures >= self._failures or view.away_until is not None
        rest, row = _milliseconds(self._rest_seconds), _milliseconds(_ROW_SECONDS)
        told = self._fail(_names(key), [self._failures, row, rest])
        if told or (told is None and is_enough):
            with self._lock:
                view.away_until = self._clock() + self._rest_seconds
                view.turns += 1

    def succeeded(self, key: str) -> None:
        """Note that a call was answered: let everybody through."""
        with self._lock:
            view = self._view(key)
            if not view.is_suspect and view.away_until is None:
                return
            view.failures, view.is_suspect, view.away_until = 0, False, None
        self._succeed(_names(key), [])

    def _seen(self, view: _View, told: int | None) -> float:
        """Take over what Redis told, and return how long to stay away."""
        with self._lock:
            if told is None:
                return 0.0
            if told < 0:
                view.away_until = None
                view.is_suspect = view.failures > 0 or told < -1
                return 0.0
            # Who shall try goes alone: the others of this process wait, as all others do.
            seconds = told / 1000 or self._rest_seconds
            view.turns += told > 0
            view.away_until = self._clock() + seconds
            return told / 1000

    def _view(self, key: str) -> _View:
        """Return what is known of an endpoint; call this with the lock held."""
        if key not in self._views:
            if len(self._views) >= _MOST_KNOWN:
                self._views = {
                    name: view
                    for name, view in self._views.items()
                    if view.is_suspect or view.away_until is not None
                }
            self._views[key] = _View()
        return self._views[key]


def _nobody(*_: object) -> None:
    """Stand in for a script where there is no Redis."""


def _names(key: str) -> list[str]:
    return [f"breaker:{part}:{key}" for part in ("failures", "open", "tripped", "try")]


def _milliseconds(seconds: float) -> int:
    return max(1, int(1000 * seconds))
