"""Bounds on request bodies: how large they may be and how long they may take to arrive."""

import socket as sockets
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from app.config import Config
from app.errors import SlowBody
from app.utils import watchdog


def bound_body(app: Flask, config: Config) -> None:
    """Refuse bodies over the limit with 413 and ones that drip with 408."""
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.max_body_bytes

    def read_in_time() -> None:
        if request.method in {"POST", "PUT", "PATCH"}:
            _read(config.body_seconds, config.max_body_bytes)

    app.before_request(read_in_time)


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
            if timer.expired:
                raise SlowBody(f"the body did not arrive within {seconds:g} s") from error
            raise
    if timer.expired:
        raise SlowBody(f"the body did not arrive within {seconds:g} s")


def _refuse_more(read: int, most: int) -> None:
    # Where no length was announced the framework stops at the limit and says nothing.
    if read == most and request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge


def _stop_reading(connection: Any) -> None:
    try:
        connection.shutdown(sockets.SHUT_RD)
    except OSError:
        # The client was faster and has gone.
        return
