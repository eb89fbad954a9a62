"""A route: which provider answers for a model, and what it wants to know."""

import hashlib
from collections.abc import Callable, Mapping
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

    def key_of(self) -> Callable[[str], str]:
        """Return what tells what a model at the end of this way is called between nodes.

        What is found out about one way says nothing of another to the same model.
        """
        way = canonical_bytes([self.provider, dict(self.settings)])
        digest = hashlib.sha256(way).hexdigest()[:16]
        return lambda model_id: f"{digest}:{model_id}"
