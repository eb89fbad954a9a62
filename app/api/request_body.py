"""Bounds on request bodies: how large they may be and how long they may take to arrive."""

import socket as sockets
from collections.abc import Iterator
from typing import Any

from flask import Flask, current_app, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from app.config import Config
from app.errors import SlowBody
from app.utils import watchdog

_PIECE = 65_536


def bound_body(app: Flask, config: Config) -> None:
    """Refuse bodies over the limit with 413 and ones that drip with 408."""
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.max_body_bytes

    def read_in_time() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if getattr(view, "streams_body", False):
            request.max_content_length = config.import_max_bytes
        elif request.method in {"POST", "PUT", "PATCH"}:
            _read(config.body_seconds, config.max_body_bytes)

    app.before_request(read_in_time)


def body_pieces(seconds: float) -> Iterator[bytes]:
    """Yield the body as it comes, where the view has declared that it streams it.

    Raises SlowBody where all of it, and what is done with it, takes longer than ``seconds``;
    RequestEntityTooLarge; and ClientDisconnected where the end is missing.
    """
    socket = request.environ.get("gunicorn.socket")
    most, read = request.max_content_length or 0, 0
    with watchdog.limit(seconds, on_expiry=lambda: _stop_reading(socket)) as timer:
        try:
            while read < most and (piece := request.stream.read(_PIECE)):
                read += len(piece)
                yield piece
                _refuse_late(timer, seconds)
            _refuse_more(read, most)
            _refuse_cut(read)
        except ClientDisconnected as error:
            _refuse_late(timer, seconds, error)
            raise


def _refuse_late(timer: watchdog.Timer, seconds: float, cause: Exception | None = None) -> None:
    if timer.expired:
        raise SlowBody(f"the body did not arrive within {seconds:g} s") from cause


def _refuse_cut(read: int) -> None:
    # Some servers tell a cut body from a whole one by its length alone.
    if request.content_length is not None and read < request.content_length:
        raise ClientDisconnected


def _read(seconds: float, most: int) -> None:
    socket = request.environ.get("gunicorn.socket")
    if socket is None:
        return
    # Threads of the server wait for ever on a slow body: after the time is up the reading
    # half of the connection is closed, which wakes the reader and leaves room for an answer.
    with watchdog.limit(seconds, on_expiry=lambda: _stop_reading(socket)) as timer:
        try:
            _refuse_more(len(request.get_data(cache=True)), most)
        except ClientDisconnected as error:
            _refuse_late(timer, seconds, error)
            raise
    _refuse_late(timer, seconds)


def _refuse_more(read: int, most: int) -> None:
    # Where no length was announced the framework stops at the limit and says nothing.
    if read == most and request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge


def _stop_reading(connection: Any) -> None:
    if connection is None:
        return
    try:
        connection.shutdown(sockets.SHUT_RD)
    except OSError:
        # The client was faster and has gone.
        return
