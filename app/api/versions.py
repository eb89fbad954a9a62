"""Optimistic concurrency: a resource's version as its ETag (RFC 9110)."""

import re
from typing import Any

from flask import request

from app.errors import PreconditionFailed, PreconditionRequired

_STRONG = re.compile(r'"(\d{1,9})"', re.ASCII)


def etag(resource: Any) -> dict[str, str]:
    """Return the header that names the resource's version."""
    return {"ETag": f'"{resource.version}"'}


def required_version() -> int | None:
    """Return the version the caller has seen, or None for ``*``; it has to say one of them.

    Raises PreconditionRequired where it does not, and PreconditionFailed as below.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequired("expected If-Match with the ETag of the version you have seen")
    return seen_version()


def seen_version() -> int | None:
    """Return the version the caller has seen, or None where it does not say or does not care.

    Raises PreconditionFailed for a tag that can be none of ours.
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    match = _STRONG.fullmatch(header)
    if not match:
        raise PreconditionFailed(f"expected an ETag of this resource, found {header[:40]}")
    return int(match.group(1))
