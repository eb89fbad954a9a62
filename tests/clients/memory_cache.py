"""A cache in memory, which keeps all it is given."""

import json
from typing import Any


class MemoryCache:
    """Keeps everything, as it comes back from the real one, and who asked for how long."""

    def __init__(self, kept: dict[str, Any] | None = None) -> None:
        self.kept = kept or {}
        self.seconds: dict[str, float] = {}

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any, *, seconds: float) -> None:
        self.kept[key] = json.loads(json.dumps(value))
        self.seconds[key] = seconds

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def ping(self) -> bool:
        return True
