"""Ranges of stored files: a download that broke off goes on where it was (RFC 9110, 14)."""

from collections.abc import Callable, Iterator

from flask import Response, request, stream_with_context

from app.errors import OutOfRange

Read = Callable[[int, int], Iterator[bytes]]


def ranged(read: Read, *, size: int, etag: str, mimetype: str) -> Response:
    """Answer with a file of ``size`` bytes, or with the range of it that is asked for.

    ``read`` yields the bytes from one place up to another. A range of another content than
    ``etag`` says (``If-Range``) is answered with the whole. Raises OutOfRange.
    """
    start, end, status = _asked(size, etag)
    response = Response(stream_with_context(read(start, end)), status=status, mimetype=mimetype)
    response.headers["Accept-Ranges"] = "bytes"
    response.set_etag(etag)
    response.content_length = end - start
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def _asked(size: int, etag: str) -> tuple[int, int, int]:
    """Return from where up to where, and the status; several ranges are answered by the whole."""
    asked = request.range
    is_stale = request.if_range.etag is not None and request.if_range.etag != etag
    if asked is None or asked.units != "bytes" or is_stale or request.if_range.date:
        return 0, size, 200
    if len(asked.ranges) != 1:
        return 0, size, 200
    found = asked.range_for_length(size)
    if found is None:
        raise OutOfRange(f"expected a range within {size} bytes", size=size)
    return (*found, 206)
