"""A WSGI application with no database, to see what the server does by itself."""

import os
from pathlib import Path


def create_app():
    return _answer


def _answer(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return _held() if environ["PATH_INFO"] == "/held" else [b"here"]


def _held():
    """Say that the request is under way, then go on when the test says so."""
    yield b"begun"
    Path(os.environ["GO_ON"]).read_bytes()  # A pipe: waits until it is written to.
    yield b"ended"
