"""What a model side may do wrong at the socket, and what has to come of each."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.model_side import Reply, chunk

# Longer than any deadline of these tests, and an end for whoever is not hung up on.
_PATIENCE_SECONDS = 15
_DRIP_SECONDS = 0.1
WORDS = "Grüße 🙂 aus Köln"
ANSWER = {"choices": [{"message": {"content": WORDS}, "finish_reason": "stop"}]}
HALF = chunk("Half ") + chunk("an")
Talk = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Fault:
    """A misbehaviour, and how it ends: status and code of the problem, None for an answer.

    ``content`` is what has come of the answer by then, ``calls`` how often a model may be
    asked: more than once only where it is certain that none has run.
    """

    name: str
    reply: Reply
    status: int | None
    code: str | None
    content: str | None = None
    calls: int = 1
    # To be set once somebody has heard ``content``.
    heard: threading.Event = field(default_factory=threading.Event)


def talking(*says: bytes | Talk) -> Reply:
    """Return a reply that sends bytes as they are, and does the rest."""

    def talk(connection: socket.socket) -> None:
        for one in says:
            if isinstance(one, bytes):
                connection.sendall(one)
            else:
                one(connection)

    return Reply(None, talk=talk)


def stall(connection: socket.socket) -> None:
    """Say nothing until the other side goes away."""
    connection.settimeout(_PATIENCE_SECONDS)
    connection.recv(1)


def reset(connection: socket.socket) -> None:
    """End the connection so that nothing more of it can be read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def once(heard: threading.Event, then: Talk) -> Talk:
    """Return what waits until all before it was heard: a reset may throw away the rest."""

    def talk(connection: socket.socket) -> None:
        heard.wait(_PATIENCE_SECONDS)
        then(connection)

    return talk


def drip(piece: bytes) -> Talk:
    """Return what sends ``piece`` again and again, often enough to look alive."""

    def talk(connection: socket.socket) -> None:
        for _ in range(int(_PATIENCE_SECONDS / _DRIP_SECONDS)):
            connection.sendall(piece)
            threading.Event().wait(_DRIP_SECONDS)

    return talk


def byte_by_byte(data: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])

    return talk


def flood(megabytes: int, piece: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        for _ in range(megabytes * 1_000_000 // len(piece)):
            connection.sendall(piece)

    return talk


def late(then: bytes) -> Talk:
    """Return what answers once nobody waits for it any more."""

    def talk(connection: socket.socket) -> None:
        stall(connection)
        connection.sendall(then)

    return talk


def head(status: int = 200, kind: str = "application/json", **headers: Any) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _whole(body: Any, status: int = 200, kind: str = "application/json", **headers: Any) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return head(status, kind, Content_Length=len(raw), **headers) + raw


_HTML = b"<html><h1>Bad gateway</h1></html>"
_JSON = json.dumps(ANSWER, ensure_ascii=False).encode()
_EVENTS = head(kind="text/event-stream")
_BROKEN: tuple[int, str] = (502, "model_failed")
_LATE: tuple[int, str] = (504, "model_timeout")
_SAFE = {"calls": 3}

# What answers a question of either kind, and ends both alike.
EITHER = [
    Fault("stalls", talking(stall), *_LATE),
    Fault("drips-its-head", talking(b"HTTP/1.1 200 OK\r\nX-Slow: ", drip(b"a")), *_LATE),
    Fault("drips-its-body", talking(head(Content_Length=1000), drip(b" ")), *_LATE),
    Fault("answers-late", talking(late(_whole(ANSWER))), *_LATE),
    Fault("hangs-up", talking(), *_BROKEN),
    Fault("resets", talking(reset), *_BROKEN),
    Fault("is-no-http", talking(b"\x00\xff\xfeSSH-2.0-nonsense\r\n\r\n"), *_BROKEN),
    Fault("is-html", talking(_whole(_HTML, kind="text/html")), *_BROKEN),
    Fault("is-html-of-a-gateway", talking(_whole(_HTML, 502, kind="text/html")), *_BROKEN),
    Fault("is-cut", talking(_whole(_JSON[:40])), *_BROKEN),
    Fault("is-shorter-than-said", talking(head(Content_Length=1000), _JSON), *_BROKEN),
    Fault("resets-within", talking(head(Content_Length=1000), _JSON[:40], reset), *_BROKEN),
    Fault("is-an-error-with-200", talking(_whole({"error": "CUDA at 10.0.0.7"})), *_BROKEN),
    Fault("is-no-utf-8", talking(_whole(_JSON.replace("ü".encode(), b"\xfc"))), *_BROKEN),
    Fault("has-another-form", talking(_whole({})), *_BROKEN),
    Fault("is-null", talking(_whole(None)), *_BROKEN),
    Fault("is-a-hundred-megabytes", talking(head(), flood(100, b" " * 50_000)), *_BROKEN),
    Fault("is-packed", talking(_whole(b"\x1f\x8b", Content_Encoding="gzip")), *_BROKEN),
    Fault("leads-elsewhere", talking(_whole({}, 302, Location="/elsewhere")), *_BROKEN),
    Fault("has-failed", talking(_whole({"detail": "no"}, 500)), *_BROKEN),
    Fault("has-a-failed-container", talking(_whole({"OriginalStatusCode": 500}, 424)), *_BROKEN),
    Fault("gave-up", talking(_whole({"detail": "no"}, 504)), *_LATE),
    Fault("throttles", talking(_whole({"detail": "no"}, 429)), 503, "model_not_ready", **_SAFE),
    Fault("is-away", talking(_whole({"detail": "no"}, 503)), 503, "model_unavailable", **_SAFE),
    Fault("comes-byte-by-byte", talking(head(), byte_by_byte(_JSON)), None, None, WORDS),
]

_SPLIT = b"".join(chunk(letter) for letter in WORDS) + chunk("", finish_reason="stop")
_TOLD = b'data: {"error": {"message": "CUDA at 10.0.0.7"}}\n\n'
_WRONG = b'data: {"choices": [{"index": 0, "delta": {"content": "W\xff"}}]}\n\n'


_HEARD, _HEARD_ALL = threading.Event(), threading.Event()


def _half(*says: bytes | Talk, because: tuple[int, str] = _BROKEN) -> tuple[Reply, int, str, str]:
    return (talking(_EVENTS, HALF, *says), *because, "Half an")


# What only an answer that is streamed can do.
STREAMED = [
    Fault("stalls-within", *_half(stall, because=_LATE)),
    Fault("drips-remarks", *_half(drip(b": \n\n"), because=_LATE)),
    Fault("drips-an-event", *_half(b"data: ", drip(b"x"), because=_LATE)),
    Fault("ends-within", *_half()),
    Fault("ends-within-a-token", *_half(chunk("swer")[:40])),
    Fault("ends-within-a-letter", *_half(chunk("swer 🙂").partition(b"\x99")[0])),
    Fault("resets-a-stream", *_half(once(_HEARD, reset)), heard=_HEARD),
    Fault("goes-on-in-html", *_half(_HTML)),
    Fault("goes-on-in-nonsense", *_half(b"data: nonsense\n\n")),
    Fault("goes-on-for-a-hundred-megabytes", *_half(flood(100, b": " + b"." * 50_000 + b"\n"))),
    Fault("has-a-line-without-end", *_half(b"data: ", flood(100, b"." * 50_000))),
    Fault("tells-of-an-error-within", *_half(_TOLD)),
    Fault("tells-of-an-error", *_half(b"event: error\ndata: overloaded\n\n")),
    Fault("never-begins", talking(_EVENTS), *_BROKEN),
    Fault("is-only-an-error", talking(_EVENTS, _TOLD), *_BROKEN),
    Fault("splits-everything", talking(_EVENTS, byte_by_byte(_SPLIT)), None, None, WORDS),
    Fault(
        "resets-after-its-end",
        talking(_EVENTS, _SPLIT, once(_HEARD_ALL, reset)),
        *(None, None, WORDS),
        heard=_HEARD_ALL,
    ),
    Fault("has-wrong-bytes", talking(_EVENTS, _WRONG, _SPLIT), None, None, "W\ufffd" + WORDS),
]
