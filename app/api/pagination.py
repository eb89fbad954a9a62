"""Keyset pages: an opaque cursor in, items and the next cursor out."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import orjson

from app.domain.page import Page, PageRequest
from app.errors import Invalid

_LARGEST = 2**31 - 1
_PLAIN: tuple[Callable[[Any], Any], ...] = (int, float, str)
_DIGITS = re.compile(r"[0-9]{1,18}")
BY_ID: tuple[Callable[[Any], Any], ...] = (UUID,)


def page_request(
    query: dict[str, Any], kinds: tuple[Callable[[Any], Any], ...] = BY_ID
) -> PageRequest:
    """Take ``limit`` and ``cursor`` out of ``query``; ``kinds`` are the types of the key.

    Raises Invalid for a cursor that this list did not hand out.
    """
    cursor = query.pop("cursor", None)
    limit = query.pop("limit")
    return PageRequest(limit=limit, after=_decoded(cursor, kinds) if cursor else None)


def page_body(page: Page, **more: Any) -> dict[str, Any]:
    """Return the page as the contract has it, and what else holds for all of the list."""
    return {"items": page.items, "next_cursor": _encoded(page.next_key), **more}


def large_whole(value: str) -> int:
    """Return a number that may be larger than the wholes of a key; raises ValueError."""
    if not _DIGITS.fullmatch(value):
        raise ValueError(value)
    return int(value)


def _encoded(key: tuple[Any, ...] | None) -> str | None:
    if key is None:
        return None
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _decoded(cursor: str, kinds: tuple[Callable[[Any], Any], ...]) -> tuple[Any, ...]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = orjson.loads(raw)
        return tuple(
            _typed(kind, value)
            for kind, value in zip(kinds, cast("list[Any]", values), strict=True)
        )
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise Invalid(
            "the cursor is not one of this list",
            errors={"cursor": ["expected a next_cursor of this list"]},
        ) from error


def _typed(kind: Callable[[Any], Any], value: Any) -> Any:
    # Whatever is no plain type is made out of a text.
    expected = kind if kind in _PLAIN else str
    is_too_large = isinstance(value, int) and abs(value) > _LARGEST
    has_nul = isinstance(value, str) and "\0" in value
    if type(value) is not expected or is_too_large or has_nul:
        raise ValueError(value)
    return kind(value)
