"""Answers as server-sent events: `prompt`, `token`, then `response` or `error`."""

import socket as sockets
import struct
from collections.abc import Generator, Iterator
from typing import Any

import orjson
from flask import Response, g, request

from app.api import errors
from app.api.context import config
from app.api.schemas.exchanges import ExchangeOut, ResponseOut
from app.services.exchanges import Exchange
from app.services.journal import Token

EVENT_STREAM = "text/event-stream"
# Yields tokens (None: none for a while) and returns the stored response; raises AppError.
Tokens = Generator[Token, None, Any] | Generator[Token | None, None, Any]

_EXCHANGE = ExchangeOut()
_RESPONSE = ResponseOut()
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
KEEP_ALIVE = b": still here\n\n"


def is_wanted(*, said: bool | None) -> bool:
    """Say whether the caller wants events: by the body's ``stream`` or by the Accept header."""
    if said is not None:
        return said
    return request.accept_mimetypes.quality(EVENT_STREAM) > 0 and (
        request.accept_mimetypes.best == EVENT_STREAM
    )


def stream(
    tokens: Tokens, *, told: Exchange | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return the events of an answer, after one about the exchange ``told``."""
    return event_stream(_events(tokens, told, g.get("request_id", "")), headers=headers)


def event_stream(body: Iterator[bytes], *, headers: dict[str, str] | None = None) -> Response:
    """Return events that go out as they come."""
    _bound_sending(request.environ.get("gunicorn.socket"))
    return Response(body, mimetype=EVENT_STREAM, headers={**_HEADERS, **(headers or {})})


def _events(tokens: Tokens, told: Exchange | None, request_id: str) -> Iterator[bytes]:
    try:
        if told is not None:
            yield _event("prompt", _told(told))
        response = yield from _token_events(tokens)
        yield _event("response", _RESPONSE.dump(response))
    except Exception as error:  # noqa: BLE001  # The status is out: this is how it is told.
        yield _event("error", errors.document(error, request_id=request_id))
    finally:
        tokens.close()


def _token_events(tokens: Tokens) -> Generator[bytes, None, Any]:
    while True:
        try:
            token = next(tokens)
        except StopIteration as end:
            return end.value
        if token is None:
            yield KEEP_ALIVE
        else:
            yield _event("token", {"index": token.index, "text": token.text}, id_=token.index)


def _told(exchange: Exchange) -> dict[str, Any]:
    ids = {"prompt_id": exchange.prompt.id, "response_id": exchange.response.id}
    return {**ids, **_EXCHANGE.dump(exchange)}


def _event(name: str, data: Any, *, id_: int | None = None) -> bytes:
    place = b"" if id_ is None else b"id: %d\n" % id_
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), place, orjson.dumps(data))


def _bound_sending(socket: Any) -> None:
    """Have a listener that takes nothing for a while be one that has gone."""
    if socket is not None:
        whole, rest = divmod(round(1_000_000 * config().stream_send_seconds), 1_000_000)
        limit = struct.pack("ll", whole, rest)
        socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDTIMEO, limit)
