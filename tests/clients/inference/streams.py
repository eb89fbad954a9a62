"""What servers of models stream, and what becomes of it: for the tests of every provider."""

import json
import time

import pytest

from app.clients.inference.base import InferenceError

HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: {}\r\n\r\n"
END = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"
# How much later than the deadline a busy machine may notice.
MARGIN = 5.0


def head(kind="text/event-stream; charset=utf-8"):
    return HEAD.format(kind).encode()


def framed(data):
    """Return ``data`` as one chunk of a body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n" if data else b""


def event(value):
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def said(text=None, reason=None, **more):
    """Return one chunk of a chat completion as an event."""
    delta = {} if text is None else {"content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return event({"id": "c-1", "object": "chat.completion.chunk", "choices": choices} | more)


USAGE = event(
    {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}
)


def streams(*pieces, end=END, kind="text/event-stream; charset=utf-8"):
    """Return a handler that streams ``pieces``, each in a chunk of its own, to every request."""

    def handle(visit):
        while visit.request() is not None:
            visit.send(head(kind))
            for piece in pieces:
                visit.send(framed(piece))
            visit.send(end)
            if not end:
                return

    return handle


def outcome(pieces):
    """Return the texts that came and the completion."""
    came = []
    while True:
        try:
            came.append(next(pieces))
        except StopIteration as end:
            return came, end.value


def failure(pieces, *, seconds=60):
    """Return the texts that came and the error, having checked that it came in time."""
    started, came = time.monotonic(), []
    with pytest.raises(InferenceError) as caught:
        came.extend(pieces)
    assert time.monotonic() - started < seconds + MARGIN
    return came, caught.value
