"""Nested mappings, told by the paths that lead to what is in them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any


def by_path(nested: Any, *, most: int) -> dict[str, list[str]]:
    """Return up to ``most`` of the texts in ``nested``, by the names on the way with dots."""
    return dict(islice(_flat(nested, ""), most))


def _flat(nested: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(nested, dict):
        for key, value in nested.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(nested, list):
        yield path, [str(text) for text in nested]
    else:
        yield path, [str(nested)]
