"""One page of a list that is walked by key, not by offset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many items, after which key (the values of the sort columns; None: from the start)."""

    limit: int
    after: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The items and the key of the last one where more follow."""

    items: Sequence[Any]
    next_key: tuple[Any, ...] | None


def page_of(
    rows: Sequence[Any], request: PageRequest, key: Callable[[Any], tuple[Any, ...]]
) -> Page:
    """Return the page out of ``rows``, which hold one more than asked for where more follow."""
    items = rows[: request.limit]
    more = len(rows) > request.limit
    return Page(items=items, next_key=key(items[-1]) if more else None)
