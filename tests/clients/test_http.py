"""A request ends at its deadline and within its size, whatever the other side does."""

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from itertools import count

import pytest
import structlog
from prometheus_client import REGISTRY

from app.clients import connection, http
from app.clients.connection import Call
from app.clients.http import HttpClient, Remote, RemoteError, path_segment
from tests.architecture.sources import ROOT
from tests.clients.loopback import always, reply

DEADLINE = 0.4
# How much later than the deadline a busy machine may notice.
MARGIN = 5.0
EveryLevel = structlog.make_filtering_bound_logger(0)


def client_of(server, **settings):
    return HttpClient(Remote(name="stub", url=server.url, **settings))


def failure(client, *, method="GET", path="/", deadline=DEADLINE, **more):
    """Return how a request failed, having checked that it did so in time."""
    started = time.monotonic()
    with pytest.raises(RemoteError) as caught:
        client.request(method, path, deadline=deadline, **more)
    assert time.monotonic() - started < deadline + MARGIN
    return caught.value.kind


class TestAnAnswer:
    def test_comes_whole(self, serve):
        server = serve(always({"a": 1}, 201, X_Kind="answer"))
        answer = client_of(server).request("POST", "/things?x=1", json={"b": "ü"}, deadline=5)
        assert (answer.status, answer.ok, answer.json_object()) == (201, True, {"a": 1})
        assert answer.headers["x-kind"] == "answer"
        assert 0 <= answer.elapsed_ms < 5000
        (request,) = server.requests
        assert request.startswith(b"POST /things?x=1 HTTP/1.1\r\n")
        assert b"Content-Type: application/json\r\n" in request
        assert request.endswith('{"b":"ü"}'.encode())

    def test_is_asked_for_below_the_path_of_the_remote(self, serve):
        server = serve(always())
        client = HttpClient(Remote(name="stub", url=f"{server.url}/base/"))
        client.request("GET", "/health", headers={"X-One": "1"}, deadline=5)
        assert server.requests[0].startswith(b"GET /base/health HTTP/1.1\r\n")
        assert b"X-One: 1" in server.requests[0]
        assert b"Content-Type" not in server.requests[0]

    @pytest.mark.parametrize("status", [301, 404, 500])
    def test_of_any_status_is_an_answer(self, serve, status):
        server = serve(always({}, status, Location="/elsewhere"))
        answer = client_of(server).request("GET", "/", deadline=5)
        assert (answer.status, answer.ok) == (status, False)
        assert len(server.requests) == 1

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff", b"null"])
    def test_without_an_object_has_an_empty_one(self, serve, body):
        assert client_of(serve(always(body))).request("GET", "/", deadline=5).json_object() == {}

    def test_may_come_in_chunks_or_end_with_the_connection(self, serve):
        chunks = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        ending = b"HTTP/1.0 200 OK\r\n\r\nabcde"
        for raw in (chunks, ending):
            server = serve(lambda visit, raw=raw: visit.request() and visit.send(raw))
            assert client_of(server).request("GET", "/", deadline=5).body == b"abcde"

    def test_is_not_sought_through_a_proxy(self, serve, monkeypatch):
        server, proxy = serve(always()), serve(always(b"", 502))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert client_of(server).request("GET", "/", deadline=5).ok
        assert proxy.visits == 0


class TestTheDeadline:
    def test_ends_the_wait_for_a_server_that_says_nothing(self, serve):
        server = serve(lambda visit: visit.request() and visit.hang())
        assert failure(client_of(server)) == "timeout"

    @pytest.mark.parametrize(
        "dripped",
        [
            b"H",
            b"HTTP/1.1 200 OK\r\nX-A: ",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n ",
            b"HTTP/1.1 200 OK\r\n\r\n ",
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n ",
            b"HTTP/1.0 200 OK\r\n\r\n ",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n ",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        ],
    )
    def test_ends_a_drip(self, serve, dripped):
        def handle(visit):
            visit.request()
            visit.send(dripped[:-1])
            visit.drip(dripped[-1:])

        assert failure(client_of(serve(handle))) == "timeout"

    def test_ends_an_endless_row_of_interim_answers(self, serve):
        def handle(visit):
            visit.request()
            while True:
                visit.send(b"HTTP/1.1 100 Continue\r\n\r\n")

        assert failure(client_of(serve(handle))) == "timeout"

    def test_ends_an_endless_trailer(self, serve):
        def handle(visit):
            visit.request()
            visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
            while True:
                visit.send(b"X-Trailer: more\r\n")

        assert failure(client_of(serve(handle))) == "timeout"

    def test_ends_sending_to_a_server_that_does_not_read(self, serve):
        server = serve(lambda visit: visit.hang())
        big = {"text": "x" * 30_000_000}
        assert failure(client_of(server), method="POST", json=big) == "timeout"

    def test_ends_the_wait_for_a_name_server(self, monkeypatch):
        answered = threading.Event()

        def resolve(host, port, **more):
            if "flags" in more:
                raise socket.gaierror(socket.EAI_NONAME, "not a number")
            answered.wait(30)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        client = HttpClient(Remote(name="stub", url="http://slow.invalid"))
        kinds = []
        askers = [threading.Thread(target=lambda: kinds.append(failure(client))) for _ in range(3)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert kinds == ["timeout"] * 3
        resolvers = [each for each in threading.enumerate() if each.name == "resolve slow.invalid"]
        assert len(resolvers) == 1
        answered.set()
        resolvers[0].join(10)

    def test_that_has_passed_asks_nobody(self, serve):
        server = serve(always())
        assert failure(client_of(server), deadline=0) == "timeout"
        assert failure(client_of(server), deadline=-1) == "timeout"
        assert server.visits == 0

    def test_leaves_room_for_one_address_after_another(self, serve, monkeypatch):
        server = serve(always())
        nobody = _unused_port()

        def resolve(host, port, **more):
            if "flags" in more:
                raise socket.gaierror(socket.EAI_NONAME, "not a number")
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, ("127.0.0.1", nobody)), (*kind, ("127.0.0.1", server.port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        client = HttpClient(Remote(name="stub", url="http://two.invalid"))
        assert client.request("GET", "/", deadline=5).ok


class TestTheSize:
    def test_of_a_large_body_is_bounded(self, serve):
        sent = count()

        def handle(visit):
            visit.request()
            visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
            for _ in range(1600):
                visit.send(b"x" * 65_536)
                next(sent)

        client = client_of(serve(handle), max_bytes=1_000_000)
        assert failure(client, deadline=30) == "too_large"
        assert next(sent) < 1600

    def test_of_an_endless_row_of_chunks_is_bounded(self, serve):
        def handle(visit):
            visit.request()
            visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                visit.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")

        assert failure(client_of(serve(handle), max_bytes=100_000), deadline=30) == "too_large"

    def test_may_be_reached_to_the_byte(self, serve):
        server = serve(always(b"x" * 1000))
        assert len(client_of(server, max_bytes=1000).request("GET", "/", deadline=5).body) == 1000
        assert failure(client_of(server, max_bytes=999), deadline=5) == "too_large"


class TestABrokenAnswer:
    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
        ],
    )
    def test_is_told_as_such(self, serve, said):
        server = serve(lambda visit: visit.request() and visit.send(said))
        assert failure(client_of(server), deadline=5) == "broken"

    # urllib3 leaves the file of an answer with such a header to the garbage collector.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_may_be_of_two_lengths(self, serve):
        said = b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab"
        server = serve(lambda visit: visit.request() and visit.send(said))
        assert failure(client_of(server), deadline=5) == "broken"
        gc.collect()

    def test_may_be_a_reset(self, serve):
        server = serve(lambda visit: visit.request() and visit.reset())
        assert failure(client_of(server), deadline=5) == "broken"


class TestARemoteThatIsAway:
    def test_is_told_as_such(self):
        client = HttpClient(Remote(name="stub", url=f"http://127.0.0.1:{_unused_port()}"))
        assert failure(client, deadline=5) == "unreachable"

    def test_may_have_no_address(self, monkeypatch):
        def resolve(*_, **__):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        client = HttpClient(Remote(name="stub", url="http://nobody.invalid"))
        assert failure(client, deadline=5) == "unreachable"

    def test_may_have_a_name_that_cannot_be_one(self):
        client = HttpClient(Remote(name="stub", url=f"http://{'a' * 64}.invalid"))
        assert failure(client, deadline=5) == "unreachable"

    def test_may_take_no_connection_in_the_time_for_one(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            port = listener.getsockname()[1]
            # The kernel completes one connection, and leaves the next waiting.
            waiting = [socket.socket() for _ in range(2)]
            for each in waiting:
                each.setblocking(False)  # noqa: FBT003
                each.connect_ex(("127.0.0.1", port))
            remote = Remote(name="stub", url=f"http://127.0.0.1:{port}", connect_seconds=0.2)
            assert failure(HttpClient(remote), deadline=10) == "unreachable"
            for each in waiting:
                each.close()

    def test_is_named_but_not_located(self):
        client = HttpClient(Remote(name="stub", url=f"http://127.0.0.1:{_unused_port()}"))
        with pytest.raises(RemoteError) as caught:
            client.request("GET", "/", deadline=5)
        assert caught.value.remote == "stub"
        assert caught.value.message == "stub cannot be reached"


class TestConnections:
    def test_are_used_again(self, serve):
        server = serve(always())
        client = client_of(server)
        for _ in range(5):
            client.request("POST", "/", json={}, deadline=5)
        assert (server.visits, len(server.requests)) == (1, 5)

    def test_that_the_server_closed_meanwhile_fail_no_request(self, serve):
        closed = threading.Event()

        def handle(visit):
            visit.request()
            visit.send(reply())
            visit.close()
            closed.set()

        server = serve(handle)
        client = client_of(server)
        for number in range(1, 4):
            client.request("POST", "/", json={}, deadline=5)
            assert closed.wait(5)
            closed.clear()
            assert len(server.requests) == number

    def test_that_have_been_idle_for_long_are_not_used_again(self, serve, monkeypatch):
        server = serve(always())
        client = client_of(server)
        client.request("GET", "/", deadline=5)
        monkeypatch.setattr(connection, "IDLE_SECONDS", 0)
        client.request("GET", "/", deadline=5)
        assert server.visits == 2

    def test_that_break_under_a_request_do_not_send_it_twice(self, serve):
        def handle(visit):
            visit.request()
            visit.send(reply())
            visit.request()
            visit.reset()

        server = serve(handle)
        client = client_of(server)
        client.request("POST", "/first", json={}, deadline=5)
        assert failure(client, method="POST", path="/second", json={}, deadline=5) == "broken"
        assert [each.split()[1] for each in server.requests] == [b"/first", b"/second"]

    def test_that_failed_are_not_used_again(self, serve):
        turns = count()

        def handle(visit):
            while visit.request() is not None:
                if next(turns) == 0:
                    visit.hang()
                visit.send(reply({}))

        server = serve(handle)
        client = client_of(server)
        assert failure(client) == "timeout"
        assert client.request("GET", "/", deadline=5).ok
        assert server.visits == 2

    def test_carry_the_answer_of_their_own_request(self, serve):
        def handle(visit):
            while (request := visit.request()) is not None:
                visit.send(reply(request.split()[1]))

        client = client_of(serve(handle), connections=8)
        wrong = []

        def ask(thread):
            for number in range(25):
                path = f"/{thread}/{number}"
                if client.request("GET", path, deadline=20).body != path.encode():
                    wrong.append(path)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_are_left_alone_by_a_call_that_is_over(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            call = Call(seconds=5, connect_seconds=5)
            call.hold(ours)
            call.let_go()
            call.stop()
            theirs.sendall(b"still here")
            assert ours.recv(10) == b"still here"

    def test_are_broken_off_by_a_call_that_was_stopped_before_it_had_one(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            call = Call(seconds=5, connect_seconds=5)
            call.stop()
            call.hold(ours)
            assert ours.recv(10) == b""
            call.let_go()

    def test_are_of_no_use_outside_a_call(self):
        with pytest.raises(RuntimeError, match="carrying"):
            connection.GuardedConnection("127.0.0.1", _unused_port()).connect()

    def test_are_left_to_the_process_that_opened_them(self, serve, monkeypatch):
        server = serve(always())
        client = client_of(server)
        client.request("GET", "/", deadline=5)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        client.request("GET", "/", deadline=5)
        client.request("GET", "/", deadline=5)
        assert server.visits == 2

    def test_are_not_shared_with_a_forked_process(self, serve):
        server = serve(always())
        program = f"""
import os, sys
from app.clients.http import HttpClient, Remote

client = HttpClient(Remote(name="stub", url={server.url!r}))
assert client.request("GET", "/parent", deadline=10).ok
child = os.fork()
if child == 0:
    os._exit(0 if client.request("GET", "/child", deadline=10).ok else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert client.request("GET", "/parent", deadline=10).ok
sys.exit(code)
"""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
        assert ran.returncode == 0
        assert len(server.requests) == 3
        assert server.visits >= 2


class TestWhatIsTold:
    def test_is_the_outcome_and_the_time_but_nothing_of_the_content(self, serve, monkeypatch):
        logs = structlog.testing.LogCapture()
        log = structlog.wrap_logger(None, processors=[logs], wrapper_class=EveryLevel)
        monkeypatch.setattr(http, "_log", log)
        client_of(serve(always({"answer": "secret-answer"}))).request(
            "POST",
            "/people/secret-person",
            json={"prompt": "secret-prompt"},
            headers={"Authorization": "Bearer secret-token"},
            deadline=5,
        )
        (line,) = logs.entries
        assert line.pop("duration_ms") >= 0
        assert line == {
            "event": "remote.request",
            "log_level": "info",
            "remote": "stub",
            "method": "POST",
            "outcome": "2xx",
        }

    def test_counts_by_remote_and_outcome(self, serve):
        before = _counted("2xx"), _counted("timeout")
        client_of(serve(always())).request("GET", "/", deadline=5)
        failure(client_of(serve(lambda visit: visit.hang())))
        assert (_counted("2xx"), _counted("timeout")) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    ("text", "segment"),
    [("u-1", "u-1"), ("a/b", "a%2Fb"), ("../x?y#z", "..%2Fx%3Fy%23z"), ("ü ", "%C3%BC%20")],
)
def test_a_segment_cannot_leave_its_place(text, segment):
    assert path_segment(text) == segment


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_segment_cannot_be_dots(text):
    with pytest.raises(ValueError, match="path"):
        path_segment(text)


def _counted(outcome):
    labels = {"remote": "stub", "outcome": outcome}
    return REGISTRY.get_sample_value("remote_request_duration_seconds_count", labels) or 0


def _unused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
