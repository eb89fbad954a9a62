"""How models are doing: what came of the last call to each, on whichever node it was made."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.clients.cache import Cache
from app.clients.inference.kept import Kept
from app.utils import clock

# A model that nobody asked for this long may have become anything.
_KEPT_SECONDS = 3600.0
# Calls that went alike are told to other nodes this often.
_TELL_SECONDS = 1.0
_MOST_MODELS = 4096


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the last call was answered, and how long the last answer took."""

    works: bool
    latency_ms: int | None


@dataclass(slots=True)
class _Note:
    """What this process knows of a model; ``at`` is a time that other nodes understand."""

    at: float = 0.0
    works: bool = False
    latency_ms: int | None = None
    told: bool | None = None
    told_at: float = 0.0


class HealthBook:
    """Keeps what is known of models; safe for threads, and knows its own without a cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._notes: Kept[_Note] = Kept(_MOST_MODELS)

    def answered(self, key: str, *, latency_ms: int) -> None:
        """Note that a model answered."""
        self._note(key, works=True, latency_ms=latency_ms)

    def failed(self, key: str) -> None:
        """Note that a model did not answer; what is known of its latency stays known."""
        known = self.of([key])[0]
        self._note(key, works=False, latency_ms=known.latency_ms if known else None)

    def of(self, keys: Sequence[str]) -> list[Health | None]:
        """Return what is known of each, None where that is nothing."""
        told = self._cache.get_all([_name(key) for key in keys]) if keys else []
        return [self._latest(key, value) for key, value in zip(keys, told, strict=True)]

    def _note(self, key: str, *, works: bool, latency_ms: int | None) -> None:
        note, now = self._notes.get(key, _Note), time.monotonic()
        with self._lock:
            note.at, note.works, note.latency_ms = clock.now().timestamp(), works, latency_ms
            if note.told == works and now - note.told_at < _TELL_SECONDS:
                return
            note.told, note.told_at = works, now
            said = [note.at, works, latency_ms]
        self._cache.set(_name(key), said, seconds=_KEPT_SECONDS)

    def _latest(self, key: str, told: Any) -> Health | None:
        note = self._notes.get(key, _Note)
        with self._lock:
            own = (note.at, note.works, note.latency_ms)
        at, works, latency_ms = max(own, _read(told), key=lambda known: known[0])
        if clock.now().timestamp() - at > _KEPT_SECONDS:
            return None
        return Health(works, latency_ms)


def _name(key: str) -> str:
    return f"health:{key}"


def _read(told: Any) -> tuple[float, bool, int | None]:
    """Return what another node told, or what is as good as nothing."""
    try:
        at, works, latency_ms = told
        return float(at), bool(works), None if latency_ms is None else int(latency_ms)
    except (TypeError, ValueError):
        return 0.0, False, None
