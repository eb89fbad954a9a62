"""The Model Service's stream is given as it comes, and whatever breaks it is told apart."""

import json
import threading
import time

import pytest

from app.clients.http import HttpClient, Remote
from app.clients.inference.base import InferenceRequest
from app.clients.inference.model_service import ModelService
from app.domain.deadline import Deadline
from tests.clients.inference.streams import (
    DONE,
    END,
    MARGIN,
    USAGE,
    event,
    failure,
    framed,
    head,
    outcome,
    said,
    streams,
)
from tests.clients.loopback import reply
from tests.clients.memory_cache import MemoryCache

MODEL = "acme/echo-1"
NAME = "acme--echo-1-0a1b2c3d-202611210900"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Capital?"}]


@pytest.fixture
def cache():
    """A cache that knows the endpoint, so that nothing is looked up until it is forgotten."""
    return MemoryCache({f"endpoint:{MODEL}": {"name": NAME, "task": "", "model_version": "1.0"}})


@pytest.fixture
def service(serve, cache):
    def make(handler, **settings):
        server = serve(handler)
        client = HttpClient(Remote(name="model service", url=server.url, max_bytes=100_000))
        service = ModelService(client, cache, endpoint_cache_seconds=60, **settings)
        service.server = server
        return service

    return make


def chat(service, *, seconds=10.0, **more):
    asked = {"model_id": MODEL, "messages": MESSAGES, "parameters": {"temperature": 0.5}} | more
    return service.stream(InferenceRequest(**asked, deadline=Deadline.after(seconds)))


def bodies(service):
    return [json.loads(each.partition(b"\r\n\r\n")[2]) for each in service.server.requests]


class TestAStream:
    def test_is_given_as_it_comes(self, service):
        heard = threading.Semaphore(0)

        def handle(visit):
            visit.request()
            visit.send(head())
            for piece in (said(""), said("Pa"), said("ris"), said(None, "stop"), USAGE, DONE):
                visit.send(framed(piece))
                if b"Pa" in piece or b"ris" in piece:
                    assert heard.acquire(timeout=10)
            visit.send(END)

        made = service(handle)
        pieces, came = chat(made), []
        for piece in iter(lambda: next(pieces), "ris"):
            came.append(piece)
            heard.release()
        heard.release()
        rest, completion = outcome(pieces)
        assert (came, rest) == (["Pa"], [])
        assert (completion.text, completion.finish_reason) == ("Paris", "stop")
        assert (completion.prompt_tokens, completion.completion_tokens) == (5, 2)
        assert (completion.endpoint_name, completion.provider) == (NAME, "model_service")
        assert completion.model_version == "1.0"
        assert 0 <= completion.latency_ms < 10_000
        assert json.loads(completion.raw)["choices"][0]["message"]["content"] == "Paris"

    def test_is_asked_for(self, service):
        made = service(streams(said("Paris", "stop"), DONE))
        outcome(chat(made, parameters={"temperature": 0.5, "stream": False, "top_p": 1}))
        assert bodies(made) == [
            {
                "model": MODEL,
                "messages": MESSAGES,
                "temperature": 0.5,
                "top_p": 1,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        ]
        assert b"Accept: text/event-stream, application/json\r\n" in made.server.requests[0]

    def test_asks_nobody_until_its_first_piece_is_wanted(self, service):
        made = service(streams(said("Paris", "stop")))
        pieces = chat(made)
        assert made.server.requests == []
        assert next(pieces) == "Paris"

    def test_may_be_cut_within_every_character_and_line(self, service):
        body = b"".join((said("Zürich "), b": ping\r\n\r\n", said("😀"), said(None, "stop"), DONE))
        made = service(streams(*(body[at : at + 1] for at in range(len(body)))))
        came, completion = outcome(chat(made))
        assert came == ["Zürich ", "😀"]
        assert completion.text == "Zürich 😀"

    @pytest.mark.parametrize("end", [said("", "stop"), DONE])
    def test_is_whole_by_a_reason_or_a_last_word(self, service, end):
        assert outcome(chat(service(streams(said("Paris"), end))))[0] == ["Paris"]

    @pytest.mark.parametrize(
        "then", [b"", b"data: {", b"data: nonsense\n\n", event({"error": "x"})]
    )
    def test_that_breaks_after_its_reason_is_whole(self, service, then):
        made = service(streams(said("Paris"), said(None, "length"), then, end=b""))
        came, completion = outcome(chat(made))
        assert (came, completion.finish_reason) == (["Paris"], "length")

    def test_that_has_said_why_it_ended_is_not_waited_for_long(self, service):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Paris", "stop")))
            visit.hang()

        started = time.monotonic()
        assert outcome(chat(service(handle), seconds=60))[0] == ["Paris"]
        assert time.monotonic() - started < 2 + MARGIN

    def test_uses_its_connection_again(self, service):
        made = service(streams(said("Paris", "stop"), DONE))
        for _ in range(3):
            outcome(chat(made))
        assert made.server.visits == 1

    def test_keeps_calls_of_tools(self, service):
        call = {"index": 0, "id": "t", "function": {"name": "find", "arguments": "{}"}}
        delta = {"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
        came, completion = outcome(chat(service(streams(event(delta), DONE))))
        assert (came, completion.text) == ([], "")
        assert completion.message["tool_calls"] == [call]

    def test_may_call_itself_nothing(self, service):
        def handle(visit):
            visit.request()
            visit.send(b"HTTP/1.1 200 OK\r\n\r\n" + said("Paris", "stop"))

        assert outcome(chat(service(handle)))[0] == ["Paris"]


class TestWithoutAStream:
    def test_the_answer_comes_in_one_piece(self, service):
        message = {"role": "assistant", "content": "Paris"}
        body = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {}}
        said_so = reply(body, Content_Type="application/json")
        made = service(lambda visit: visit.request() and visit.send(said_so))
        came, completion = outcome(chat(made))
        assert (came, completion.text, completion.finish_reason) == (["Paris"], "Paris", "stop")
        assert json.loads(completion.raw) == body

    def test_a_query_comes_in_one_piece(self, service):
        said_so = reply([{"generated_text": "Paris"}], Content_Type="application/json")
        made = service(lambda visit: visit.request() and visit.send(said_so))
        pieces = made.stream(
            InferenceRequest(
                model_id=MODEL,
                content="Capital?",
                parameters={"top_k": 1},
                deadline=Deadline.after(10),
            )
        )
        came, completion = outcome(pieces)
        assert (came, completion.text) == (["Paris"], "Paris")
        assert made.server.requests[0].startswith(f"POST /endpoint/{NAME}/query ".encode())
        assert bodies(made) == [{"query": "Capital?", "parameters": {"top_k": 1}}]

    def test_a_conversation_by_the_query_api_comes_in_one_piece(self, service):
        said_so = reply([{"generated_text": "Paris\nUser: and"}], Content_Type="application/json")
        made = service(lambda visit: visit.request() and visit.send(said_so), chat_by_query=True)
        came, completion = outcome(chat(made))
        assert (came, completion.text) == (["Paris"], "Paris")
        assert "stream" not in bodies(made)[0]

    def test_an_empty_answer_has_no_piece(self, service):
        said_so = reply([{"generated_text": ""}], Content_Type="application/json")
        made = service(lambda visit: visit.request() and visit.send(said_so), chat_by_query=True)
        came, completion = outcome(chat(made))
        assert (came, completion.text) == ([], "")


class TestABrokenStream:
    @pytest.mark.parametrize(
        ("pieces", "end", "came"),
        [
            ((said("Pa"),), b"", ["Pa"]),
            ((said("Pa"),), END, ["Pa"]),
            ((said("Pa"), said("ris")[:20]), b"", ["Pa"]),
            ((said("Pa"), said("ris")[:20]), END, ["Pa"]),
            ((said("Pa"), b"data: nonsense\n\n"), END, ["Pa"]),
            ((said("Pa"), b"data: " + b"[" * 5000 + b"\n\n"), END, ["Pa"]),
            ((b"<html>Bad gateway</html>",), END, []),
            ((b"\xff\xfe\x00",), END, []),
            ((), END, []),
            ((said("Pa"), event({"error": {"message": "CUDA at 10.0.0.7"}})), END, ["Pa"]),
            ((said("Pa"), b"event: error\ndata: overloaded\n\n"), END, ["Pa"]),
            ((said("Pa"), *([b": ping\n\n" * 1000] * 20)), END, ["Pa"]),
        ],
    )
    def test_keeps_what_had_come_and_fails(self, service, cache, pieces, end, came):
        found, error = failure(chat(service(streams(*pieces, end=end))))
        assert (found, error.code, error.endpoint_name) == (came, "model_failed", NAME)
        assert "10.0.0.7" not in error.message
        assert cache.kept == {}

    def test_may_end_with_a_reset(self, service):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Pa")))
            visit.reset()

        _, error = failure(chat(service(handle)))
        assert error.code == "model_failed"

    def test_that_stalls_ends_at_the_longest_silence(self, service):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Pa")))
            visit.hang()

        came, error = failure(chat(service(handle, idle_seconds=0.2), seconds=60), seconds=0.2)
        assert (came, error.code) == (["Pa"], "model_timeout")

    @pytest.mark.parametrize("dripped", [b": ", b"data: ", framed(said("x"))])
    def test_that_drips_ends_at_the_deadline(self, service, dripped):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Pa")) + b"ffff\r\n")
            visit.drip(dripped)

        came, error = failure(chat(service(handle), seconds=0.5), seconds=0.5)
        assert (came[:1], error.code) == (["Pa"], "model_timeout")

    def test_that_begins_after_the_deadline_is_not_waited_for(self, service):
        def handle(visit):
            visit.request()
            visit._server.closing.wait(1)
            visit.send(head() + framed(said("Paris", "stop")))

        came, error = failure(chat(service(handle), seconds=0.3), seconds=0.3)
        assert (came, error.code) == ([], "model_timeout")

    def test_that_has_no_time_left_asks_nobody(self, service):
        made = service(streams(said("Paris", "stop")))
        _, error = failure(chat(made, seconds=0))
        assert (error.code, made.server.requests) == ("model_timeout", [])

    def test_may_be_told_at_once(self, service):
        for status, code in ((429, "model_not_ready"), (503, "model_unavailable")):
            said_so = reply({"detail": "no"}, status, Content_Type="application/json")
            made = service(lambda visit, said_so=said_so: visit.request() and visit.send(said_so))
            came, error = failure(chat(made))
            assert (came, error.code) == ([], code)

    @pytest.mark.parametrize(
        "answer",
        [
            reply({"error": "ThrottlingException"}, Content_Type="application/json"),
            reply(event({"error": "ThrottlingException"}), Content_Type="text/event-stream"),
        ],
    )
    def test_may_be_an_error_with_status_200(self, service, answer):
        came, error = failure(chat(service(lambda visit: visit.request() and visit.send(answer))))
        assert (came, error.code) == ([], "model_not_ready")


class TestAnEndpointThatIsGone:
    def test_is_looked_up_anew_before_the_first_piece(self, service, cache):
        later = "acme--echo-1-0a1b2c3d-202612010900"

        def handle(visit):
            while (request := visit.request()) is not None:
                path = request.split()[1].decode()
                if path == "/endpoints":
                    listed = [{"endpointName": later, "status": "InService"}]
                    visit.send(reply({"endpoints": listed}))
                elif path == f"/config/{later}":
                    visit.send(reply({"models": [{"id": MODEL, "task": "text-generation"}]}))
                elif not cache.kept:
                    visit.send(reply({"detail": "still unknown"}, 404))
                elif cache.kept[f"endpoint:{MODEL}"]["name"] == later:
                    visit.send(head() + framed(said("Paris", "stop")) + framed(DONE) + END)
                else:
                    visit.send(reply({"detail": "Model not deployed"}, 404))

        came, completion = outcome(chat(service(handle)))
        assert (came, completion.endpoint_name) == (["Paris"], later)


class TestAListenerThatLeaves:
    def test_ends_the_call(self, service):
        gone = threading.Event()

        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Pa")))
            if visit.request() is None:
                gone.set()

        pieces = chat(service(handle))
        assert next(pieces) == "Pa"
        pieces.close()
        assert gone.wait(5)

    def test_may_be_followed_by_another_thread(self, service):
        made = service(streams(said("Pa"), said("ris", "stop"), DONE))
        pieces, found = chat(made), []
        assert next(pieces) == "Pa"
        other = threading.Thread(target=lambda: found.append(outcome(pieces)))
        other.start()
        other.join(10)
        ((came, completion),) = found
        assert (came, completion.text) == (["ris"], "Paris")
