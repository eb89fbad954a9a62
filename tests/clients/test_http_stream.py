"""A body is read while it comes, within the same limits as one that is waited for."""

import socket
import threading
import time

import pytest
import structlog

from app.clients import http
from app.clients.http import HttpClient, Remote
from app.clients.http_answer import RemoteError
from tests.clients.loopback import always, reply

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
END = b"0\r\n\r\n"
# How much later than the deadline a busy machine may notice.
MARGIN = 5.0
EveryLevel = structlog.make_filtering_bound_logger(0)


def client_of(server, **settings):
    return HttpClient(Remote(name="stub", url=server.url, **settings))


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def failure(stream, *, seconds):
    """Return what came and how it ended, having checked that it did so in time."""
    started, came = time.monotonic(), []
    with stream, pytest.raises(RemoteError) as caught:
        came.extend(stream)
    assert time.monotonic() - started < seconds + MARGIN
    return b"".join(came), caught.value.kind


class TestABody:
    @pytest.mark.parametrize("framed", ["chunks", "length", "connection"])
    def test_is_read_as_it_comes(self, serve, framed):
        heard = threading.Semaphore(0)
        words = [b"one", b"two", "ü".encode()]

        def handle(visit):
            visit.request()
            head = {"chunks": HEAD, "length": b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"}
            visit.send(head.get(framed, b"HTTP/1.0 200 OK\r\n\r\n"))
            for word in words:
                visit.send(chunk(word) if framed == "chunks" else word)
                assert heard.acquire(timeout=10)
            visit.send(END if framed == "chunks" else b"")

        came = []
        with client_of(serve(handle)).stream("POST", "/", json={}, deadline=10) as answer:
            assert (answer.status, answer.ok) == (200, True)
            for piece in answer:
                came.append(piece)
                heard.release()
        assert came == words

    def test_of_any_status_can_be_read_whole(self, serve):
        server = serve(always({"error": "no"}, 404))
        with client_of(server).stream("GET", "/", deadline=5) as answer:
            assert (answer.status, answer.ok, answer.read()) == (404, False, b'{"error": "no"}')

    def test_may_be_read_and_ended_by_another_thread(self, serve):
        client = client_of(serve(always(b"here")))
        answer = client.stream("GET", "/", deadline=5)
        came = []

        def read():
            with answer:
                came.extend(answer)

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(10)
        assert came == [b"here"]

    def test_leaves_its_thread_free_for_other_requests(self, serve):
        def handle(visit):
            while (request := visit.request()) is not None:
                visit.send(reply(request.split()[1]))

        client = client_of(serve(handle))
        with (
            client.stream("GET", "/a", deadline=5) as first,
            client.stream("GET", "/b", deadline=5) as second,
        ):
            assert client.request("GET", "/c", deadline=5).body == b"/c"
            assert first.read() == b"/a"
            assert second.read() == b"/b"

    def test_does_not_change_what_its_reader_raises(self, serve):
        own = OSError("of the reader")
        with (
            pytest.raises(OSError, match="of the reader") as caught,
            client_of(serve(always(b"x"))).stream("GET", "/", deadline=5),
        ):
            raise own
        assert caught.value is own


class TestTheLimits:
    @pytest.mark.parametrize(
        "dripped",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n ",
            b"HTTP/1.1 200 OK\r\n\r\n ",
            HEAD + b"ffff\r\n ",
            HEAD + b"1;",
        ],
    )
    def test_a_drip_ends_at_the_deadline(self, serve, dripped):
        def handle(visit):
            visit.request()
            visit.send(dripped[:-1])
            visit.drip(dripped[-1:])

        answer = client_of(serve(handle)).stream("GET", "/", deadline=0.4, idle_seconds=10)
        came, kind = failure(answer, seconds=0.4)
        assert (set(came) <= {32}, kind) == (True, "timeout")

    def test_silence_ends_before_the_deadline(self, serve):
        def handle(visit):
            visit.request()
            visit.send(HEAD + chunk(b"one"))
            visit.hang()

        answer = client_of(serve(handle)).stream("GET", "/", deadline=60, idle_seconds=0.2)
        assert failure(answer, seconds=0.2) == (b"one", "timeout")

    def test_silence_before_the_headers_counts(self, serve):
        client = client_of(serve(lambda visit: visit.request() and visit.hang()))
        started = time.monotonic()
        with pytest.raises(RemoteError) as caught:
            client.stream("GET", "/", deadline=60, idle_seconds=0.2)
        assert (caught.value.kind, time.monotonic() - started < MARGIN) == ("timeout", True)

    def test_words_now_and_then_are_no_silence(self, serve):
        def handle(visit):
            visit.request()
            visit.send(HEAD)
            for _ in range(5):
                visit._server.closing.wait(0.1)
                visit.send(chunk(b"x"))
            visit.send(END)

        client = client_of(serve(handle))
        with client.stream("GET", "/", deadline=30, idle_seconds=0.4 + MARGIN) as answer:
            assert answer.read() == b"xxxxx"

    def test_an_endless_body_is_bounded(self, serve):
        def handle(visit):
            visit.request()
            visit.send(HEAD)
            while True:
                visit.send(chunk(b"x" * 4096))

        answer = client_of(serve(handle), max_bytes=100_000).stream("GET", "/", deadline=30)
        came, kind = failure(answer, seconds=30)
        assert (len(came) <= 100_000, kind) == (True, "too_large")

    @pytest.mark.parametrize("rest", [b"5\r\nab", b"zz\r\n", b""])
    def test_a_body_that_breaks_off_is_told_as_such(self, serve, rest):
        server = serve(lambda visit: visit.request() and visit.send(HEAD + chunk(b"one") + rest))
        came, kind = failure(client_of(server).stream("GET", "/", deadline=5), seconds=5)
        assert (came[:3], kind) == (b"one", "broken")

    def test_a_reset_is_told_as_such(self, serve):
        def handle(visit):
            visit.request()
            visit.send(HEAD + chunk(b"one"))
            visit.reset()

        with pytest.raises(RemoteError) as caught:
            client_of(serve(handle)).stream("GET", "/", deadline=5).read()
        assert caught.value.kind == "broken"


class TestTheConnection:
    def test_of_a_body_read_to_its_end_is_used_again(self, serve):
        server = serve(always(b"all"))
        client = client_of(server)
        for _ in range(3):
            with client.stream("GET", "/", deadline=5) as answer:
                assert answer.read() == b"all"
        assert server.visits == 1

    def test_of_a_body_left_early_is_closed(self, serve):
        gone = threading.Event()

        def handle(visit):
            visit.request()
            visit.send(HEAD + chunk(b"one"))
            if visit.request() is None:
                gone.set()

        client = client_of(serve(handle))
        with client.stream("GET", "/", deadline=30) as answer:
            assert next(iter(answer)) == b"one"
        assert gone.wait(5)

    def test_is_used_again_when_the_end_follows_the_last_word(self, serve):
        def handle(visit):
            while visit.request() is not None:
                visit.send(HEAD + chunk(b"last word"))
                visit.send(END)

        server = serve(handle)
        client = client_of(server)
        for _ in range(3):
            with client.stream("GET", "/", deadline=5) as answer:
                assert next(iter(answer)) == b"last word"
                answer.finish()
        assert server.visits == 1

    def test_does_not_wait_long_for_an_end_that_does_not_come(self, serve):
        def handle(visit):
            visit.request()
            visit.send(HEAD + chunk(b"last word"))
            visit.drip(b"1;", every=0.01)

        started = time.monotonic()
        with client_of(serve(handle)).stream("GET", "/", deadline=60) as answer:
            next(iter(answer))
            answer.finish()
        assert time.monotonic() - started < MARGIN


class TestWhatIsSent:
    def test_may_be_bytes_with_headers_of_their_own(self, serve):
        server = serve(always(b"ok"))
        headers = {"content-type": "application/x-own", "ACCEPT": "text/event-stream"}
        client = client_of(server)
        with client.stream("POST", "/p", body=b"\x00\xff", headers=headers, deadline=5) as answer:
            answer.read()
        (request,) = server.requests
        head, _, body = request.partition(b"\r\n\r\n")
        assert body == b"\x00\xff"
        assert b"content-type: application/x-own\r\n" in head
        assert head.lower().count(b"accept:") == 1
        assert head.lower().count(b"content-type:") == 1


class TestTheAddress:
    @pytest.fixture
    def two_addresses(self, serve, monkeypatch):
        """A name that stands for an address of nobody's and for the server's."""
        server = serve(always(b"ok"))

        def resolve(host, port, **more):
            if "flags" in more:
                raise socket.gaierror(socket.EAI_NONAME, "not a number")
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [
                (*kind, ("127.0.0.2", server.port)),
                (*kind, ("127.0.0.1", server.port)),
            ]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return server

    def test_that_may_not_be_reached_is_not(self, two_addresses):
        asked = []

        def may_reach(address):
            asked.append(address)
            return False

        url = f"http://name.invalid:{two_addresses.port}"
        client = HttpClient(Remote(name="stub", url=url, may_reach=may_reach))
        with pytest.raises(RemoteError) as caught:
            client.request("GET", "/", deadline=5)
        assert caught.value.kind == "unreachable"
        assert caught.value.message == "stub cannot be reached"
        assert asked == ["127.0.0.2", "127.0.0.1"]
        assert two_addresses.visits == 0

    def test_that_may_be_reached_is_the_one_connected_to(self, two_addresses):
        url = f"http://name.invalid:{two_addresses.port}"
        remote = Remote(name="stub", url=url, may_reach=lambda address: address == "127.0.0.1")
        assert HttpClient(remote).request("GET", "/", deadline=5).ok
        assert two_addresses.visits == 1


class TestWhatIsTold:
    @pytest.fixture
    def told(self, monkeypatch):
        logs = structlog.testing.LogCapture()
        log = structlog.wrap_logger(None, processors=[logs], wrapper_class=EveryLevel)
        monkeypatch.setattr(http, "_log", log)
        return logs.entries

    def test_comes_once_when_the_call_is_over(self, serve, told):
        with client_of(serve(always(b"x"))).stream("GET", "/", deadline=5) as answer:
            answer.read()
            assert told == []
        answer.close()
        assert [line["outcome"] for line in told] == ["2xx"]

    def test_is_what_the_body_came_to(self, serve, told):
        server = serve(lambda visit: visit.request() and visit.send(HEAD + chunk(b"one")))
        failure(client_of(server).stream("GET", "/", deadline=5), seconds=5)
        with pytest.raises(RemoteError):
            client_of(server).stream("GET", "/", deadline=0)
        assert [line["outcome"] for line in told] == ["broken", "timeout"]
