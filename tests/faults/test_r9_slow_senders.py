"""R9: senders that drip, never end or miscount are ended, and nobody else has to wait."""

import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from app.config import Config
from tests.faults.installation import SETTINGS
from tests.model_side import MODEL
from tests.sizes import size
from tests.world import token

SECONDS = 15
THREADS = int(SETTINGS["WEB_WORKERS"]) * int(SETTINGS["WEB_THREADS"])
BODY = json.dumps({"model_id": MODEL, "title": "slow"}).encode()
MAX_BODY_BYTES = Config(database_url="postgresql://nowhere/nothing").max_body_bytes
CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.fixture
def connect(installation):
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            socket.create_connection(("127.0.0.1", installation.web.port), timeout=SECONDS)
        )


def _head(headers):
    return (
        "POST /interactions HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token('slow-sender')}\r\n{headers}\r\n"
    ).encode()


def _length(number):
    return f"Content-Length: {number}\r\n"


def _answers(one):
    """Return status and code of every answer until the connection ends."""
    received = b""
    try:
        while piece := one.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    statuses = re.findall(rb"HTTP/1\.1 (\d+) ", received)
    codes = re.findall(rb'"code": ?"(\w+)"', received)
    return [int(status) for status in statuses], [code.decode() for code in codes]


@contextmanager
def _dripping(one, piece, pause=0.1):
    """Send ``piece`` again and again, often enough to look alive."""
    stop = threading.Event()

    def drip():
        try:
            while not stop.wait(pause):
                one.sendall(piece)
        except OSError:
            return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("beginning", "drip", "code"),
    [
        (_head(_length(1000)), b" ", "slow_body"),
        (_head(CHUNKED), b"1\r\n \r\n", "slow_body"),
        (_head("")[:-4] + b"\r\nX-Slow: ", b"a", "slow_request"),
    ],
    ids=["body", "chunks", "header"],
)
def test_r9_what_drips_is_ended(connect, beginning, drip, code):
    one = connect()
    one.sendall(beginning)
    with _dripping(one, drip):
        assert _answers(one) == ([408], [code])


def test_r9_a_body_that_is_shorter_than_said_is_ended(connect):
    one = connect()
    one.sendall(_head(_length(len(BODY) + 1)) + BODY)
    assert _answers(one) == ([408], ["slow_body"])


def test_r9_a_body_that_is_longer_than_said_is_no_second_request(installation, connect):
    one = connect()
    one.sendall(_head(_length(len(BODY))) + BODY + b"and more\r\n\r\n")
    assert _answers(one) == ([201, 400], ["malformed"])


def test_r9_chunks_without_end_are_too_large(connect):
    one = connect()
    one.sendall(_head(CHUNKED))
    with _dripping(one, b"10000\r\n" + b" " * 65536 + b"\r\n", pause=0):
        assert one.recv(65536).startswith(b"HTTP/1.1 413 ")
        one.shutdown(socket.SHUT_RDWR)


def test_r9_as_many_chunks_as_allowed_are_taken(connect):
    one = connect()
    padding = b" " * (MAX_BODY_BYTES - len(BODY))
    head = _head(CHUNKED + "Connection: close\r\n")
    one.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (MAX_BODY_BYTES, BODY + padding))
    assert _answers(one) == ([201], [])


@pytest.mark.long
def test_r9_slow_senders_hold_nobody_else(installation, connect):
    caller = installation.caller("in-a-hurry")
    for _ in range(size(1, 20)):
        slow = [connect() for _ in range(2 * THREADS)]
        for number, one in enumerate(slow):
            one.sendall(_head(_length(1000)) if number % 2 else b"GET / HTTP/1.1\r\nX-Slow: ")
        hurried = [caller.get("/interactions").status for _ in range(20)]
        with ThreadPoolExecutor(8) as readers:
            ends = {tuple(statuses) for statuses, _ in readers.map(_answers, slow)}
        assert set(hurried) == {200}
        assert ends == {(408,)}
