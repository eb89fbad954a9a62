"""What the web server does with a request before and beside the application."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from tests.architecture.sources import ROOT

SECONDS = 20
SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1/nothing",
    "JWT_SECRET_KEY": "0123456789abcdefghijklmnopqrstuv",
    "BIND_HOST": "127.0.0.1",
    "WEB_WORKERS": "1",
    "WEB_THREADS": "2",
    "BODY_SECONDS": "1",
}


class Server:
    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.metrics = folder / "metrics"
        self.go_on = folder / "go-on"
        os.mkfifo(self.go_on)
        own = {
            "PORT": str(self.port),
            "GO_ON": str(self.go_on),
            "PROMETHEUS_MULTIPROC_DIR": str(self.metrics),
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
        }
        self.log = (folder / "log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py",
             "tests.processes.small_application:create_app()"],
            cwd=ROOT, env=SETTINGS | own, stderr=self.log,
        )  # fmt: skip
        _eventually(lambda: self.ask("/").startswith(b"HTTP/1.1 200"))

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def ask(self, path, headers=""):
        try:
            with self.connect() as one:
                head = f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
                one.sendall(f"{head}{headers}\r\n".encode())
                return _everything(one)
        except ConnectionRefusedError:
            return b""

    def refuses(self):
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return True
        return False


@contextmanager
def _serving(folder):
    started = Server(folder)
    yield started
    started.process.kill()
    started.process.wait(SECONDS)
    started.log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with _serving(tmp_path_factory.mktemp("server")) as started:
        yield started


def _everything(one):
    return b"".join(iter(lambda: one.recv(65536), b""))


def _eventually(condition):
    give_up = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < give_up, "it never came"
        threading.Event().wait(0.02)


def _problem(answer):
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"Content-Type: application/problem+json" in head
    problem = json.loads(body)
    assert f"X-Request-ID: {problem['request_id']}".encode() in head
    return problem["status"], problem["code"]


def test_an_unreadable_request_is_a_problem_document(server):
    with server.connect() as one:
        one.sendall(b"GET / HTTP/9\r\n\r\n")
        assert _problem(_everything(one)) == (400, "malformed")


def test_a_header_that_is_too_long_is_a_problem_document(server):
    answer = server.ask("/", f"Authorization: {'a' * 65536}\r\n")
    assert _problem(answer) == (431, "request_header_fields_too_large")


def test_slow_callers_are_ended_and_hold_nobody_else(server):
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(4)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nX-Drip: ")
        assert b"\r\nhere\r\n" in server.ask("/")
        ends = [_problem(_everything(one)) for one in slow]
    assert ends == [(408, "slow_request")] * 4


def test_a_stop_finishes_what_is_in_flight_and_refuses_what_comes(tmp_path):
    with _serving(tmp_path) as server:
        with server.connect() as one:
            one.sendall(b"GET /held HTTP/1.1\r\nHost: here\r\n\r\n")
            received = b""
            while b"begun" not in received:
                received += one.recv(65536)
            server.process.send_signal(signal.SIGTERM)
            _eventually(server.refuses)
            server.go_on.write_bytes(b"now")
            assert b"ended" in _everything(one)
        assert server.process.wait(SECONDS) == 0
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["level"] for line in lines} == {"info"}
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["go-on", "log"], "nothing stays at home or of the metrics"
