"""Uploads: bodies of a known kind that a view reads as they come, each taken in once."""

from collections.abc import Collection, Iterator

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from app.api.context import config
from app.api.idempotency import given_key
from app.api.request_body import body_pieces

# There is no registered name for JSON lines: these are in use.
JSON_LINES = ("application/jsonl", "application/x-ndjson", "application/x-jsonlines")


def uploaded(kinds: Collection[str]) -> Iterator[bytes]:
    """Return the body in pieces; a key that comes with it is looked at and not needed.

    Raises UnsupportedMediaType for another kind, and for one that is compressed, and what
    ``body_pieces`` raises when it is read.
    """
    coding = request.headers.get("Content-Encoding", "identity")
    if request.mimetype not in kinds or coding != "identity":
        raise UnsupportedMediaType(f"expected one of {', '.join(kinds)}, not compressed")
    given_key()
    return body_pieces(config().import_seconds)
