"""Where rate limits count: shared through the cache, and in this process as well.

Losing Redis, or what it holds, then neither stops requests nor lifts a limit: whatever
happens to it, nobody gets more than the limit out of each web process.
"""

import threading
import time
from dataclasses import dataclass
from typing import ClassVar

from limits.storage import Storage

from app.clients.cache import Cache

SCHEME = "counts"
# Windows that have ended stay until there are this many, or twice as many as were left.
_FEW = 1000


@dataclass(slots=True)
class _Window:
    ends_at: int
    count: int = 0


class RateCounts(Storage):
    """Counts in windows that begin at whole multiples of their length, alike everywhere.

    The count here is brought up to the shared one, so it goes on from there without Redis.
    """

    STORAGE_SCHEME: ClassVar[list[str]] = [SCHEME]  # type: ignore[misc]

    def __init__(
        self, uri: str | None = None, *, cache: Cache, wrap_exceptions: bool = False
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._cache = cache
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()
        self._crowded = _FEW

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what counting may raise."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count and return how many there were in the window, which takes ``expiry`` seconds."""
        now = time.time()
        ends_at = (int(now // expiry) + 1) * expiry
        with self._lock:
            window = self._window(key, ends_at, now)
            before = window.count
        shared = self._cache.add(_shared_key(key, ends_at), amount, seconds=expiry) or 0
        with self._lock:
            if shared > before:
                # Others of this process may have come back with a higher one meanwhile.
                window.count = max(window.count, shared)
                return shared
            # Nobody shares the count, or Redis has forgotten it: it goes on from here.
            window.count += amount
            return window.count

    def get(self, key: str) -> int:
        """Return how many there were, as far as this process knows."""
        window = self._windows.get(key)
        return window.count if window and window.ends_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends."""
        window = self._windows.get(key)
        return window.ends_at if window else time.time()

    def check(self) -> bool:
        """Say that counting goes on."""
        return True

    def reset(self) -> int:
        """Forget every count that this process knows of."""
        known = list(self._windows)
        for key in known:
            self.clear(key)
        return len(known)

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            window = self._windows.pop(key, None)
        if window:
            self._cache.delete(_shared_key(key, window.ends_at))

    def _window(self, key: str, ends_at: int, now: float) -> _Window:
        """Return the window that is under way; call this with the lock held."""
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            self._tidy(now)
            window = self._windows[key] = _Window(ends_at)
        return window

    def _tidy(self, now: float) -> None:
        if len(self._windows) >= self._crowded:
            self._windows = {k: v for k, v in self._windows.items() if v.ends_at > now}
            self._crowded = max(_FEW, 2 * len(self._windows))


def _shared_key(key: str, ends_at: int) -> str:
    return f"{key}:{ends_at}"
