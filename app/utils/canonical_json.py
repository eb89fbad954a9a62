"""Canonical bytes of a JSON value: sorted keys, no spaces, UTF-8."""

from typing import Any

import orjson


def canonical_bytes(value: Any) -> bytes:
    """Return the canonical form of ``value``, equal for equal JSON values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def read_json(raw: bytes) -> Any:
    """Return the value of JSON bytes; raises ValueError for what is none."""
    return orjson.loads(raw)
