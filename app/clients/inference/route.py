"""A route: which provider answers for a model, and what it wants to know."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.utils.canonical_json import canonical_bytes

DEFAULT_PROVIDER = "model_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to a model; ``max_concurrency`` is how many calls it takes at a time.

    ``settings`` are as an admin wrote them. Without any, a model is the Model Service's.
    """

    provider: str = DEFAULT_PROVIDER
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_concurrency: int | None = None

    @property
    def digest(self) -> str:
        """A short name of the way: what is found out about one says nothing of another."""
        way = canonical_bytes([self.provider, dict(self.settings)])
        return hashlib.sha256(way).hexdigest()[:16]
