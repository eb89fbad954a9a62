"""Any server of the OpenAI API is asked in its own words, and our key stays ours."""

import json

import pytest

from app.clients.http import HttpClient, Remote
from app.clients.inference.base import InferenceError, InferenceRequest
from app.clients.inference.openai import OpenAIServer, OpenAISettings
from app.domain.deadline import Deadline
from tests.clients.inference.streams import (
    DONE,
    END,
    USAGE,
    event,
    failure,
    framed,
    head,
    outcome,
    said,
    streams,
)
from tests.clients.loopback import always, reply

KEY = "sk-secret-0123456789abcdef"
MESSAGES = [{"role": "user", "content": "Capital?"}]
ANSWER = {
    "id": "c-1",
    "model": "llama-3-8b",
    "choices": [{"message": {"role": "assistant", "content": "Paris"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}


@pytest.fixture
def server(serve):
    """Make a provider for a server, below the path that base URLs have."""

    def make(handler, **settings):
        far = serve(handler)
        client = HttpClient(Remote(name="model server", url=f"{far.url}/v1", max_bytes=100_000))
        provider = OpenAIServer(client, OpenAISettings(**settings))
        provider.far = far
        return provider

    return make


def question(seconds, **more):
    asked = {"model_id": "acme/llama", "messages": MESSAGES} | more
    return InferenceRequest(**asked, deadline=Deadline.after(seconds))


def chat(provider, *, seconds=10.0, **more):
    return provider.complete(question(seconds, **more))


def stream(provider, *, seconds=10.0, **more):
    return provider.stream(question(seconds, **more))


def error_of(provider, **more):
    with pytest.raises(InferenceError) as caught:
        chat(provider, **more)
    return caught.value


def bodies(provider):
    return [json.loads(each.partition(b"\r\n\r\n")[2]) for each in provider.far.requests]


class TestAQuestion:
    def test_is_answered(self, server):
        provider = server(always(ANSWER, Content_Type="application/json"))
        completion = chat(provider)
        assert (completion.text, completion.finish_reason) == ("Paris", "stop")
        assert (completion.prompt_tokens, completion.completion_tokens) == (5, 2)
        assert (completion.endpoint_name, completion.provider) == ("acme/llama", "openai")
        assert (json.loads(completion.raw), completion.message) == (ANSWER, None)
        assert provider.far.requests[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
        assert b"Authorization" not in provider.far.requests[0]

    def test_goes_to_the_model_by_its_name_there(self, server):
        provider = server(always(ANSWER), model="llama3:8b")
        assert chat(provider).endpoint_name == "llama3:8b"
        assert bodies(provider) == [{"model": "llama3:8b", "messages": MESSAGES}]

    def test_has_its_parameters_under_the_servers_names(self, server):
        provider = server(always(ANSWER))
        given = {"max_new_tokens": 9, "temperature": 0.5, "stop_sequences": ["\n"], "top_k": 4}
        chat(provider, parameters={**given, "stream": True, "n": 3, "model": "other"})
        usual = {"model": "acme/llama", "messages": MESSAGES}
        wanted = {"max_tokens": 9, "temperature": 0.5, "stop": ["\n"], "top_k": 4}
        assert bodies(provider) == [usual | wanted]

    def test_passes_other_fields_on_and_keeps_calls_of_tools(self, server):
        call = {"id": "t1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        body = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
        provider = server(always(body))
        tools = [{"type": "function", "function": {"name": "find"}}]
        fields = {"tools": tools, "tool_choice": "auto", "response_format": {"type": "text"}}
        completion = chat(provider, parameters=fields)
        assert bodies(provider)[0] == {
            "model": "acme/llama",
            "messages": MESSAGES,
            **fields,
        }
        assert (completion.text, completion.finish_reason) == ("", "tool_calls")
        assert completion.message == message

    def test_passes_messages_on_as_they_are(self, server):
        provider = server(always(ANSWER))
        messages = [
            {"role": "user", "content": [{"type": "text", "text": "Look"}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "t1"}]},
            {"role": "tool", "tool_call_id": "t1", "content": "42"},
        ]
        chat(provider, messages=messages)
        assert bodies(provider)[0]["messages"] == messages

    @pytest.mark.parametrize(
        ("context", "content"),
        [(None, "Capital?"), (" ", "Capital?"), ("Of France.", "Of France.\n\nCapital?")],
    )
    def test_alone_has_its_context_above(self, server, context, content):
        provider = server(always(ANSWER))
        asked = question(10, messages=None, content="Capital?", context=context)
        assert provider.complete(asked).text == "Paris"
        came, _ = outcome(provider.stream(asked))
        assert came == ["Paris"]
        for body in bodies(provider):
            assert body["messages"] == [{"role": "user", "content": content}]


class TestAStream:
    def test_is_given_as_it_comes_with_its_tokens_counted(self, server):
        provider = server(streams(said("Pa"), said("ris"), said(None, "stop"), USAGE, DONE))
        came, completion = outcome(stream(provider))
        assert (came, completion.text) == (["Pa", "ris"], "Paris")
        assert (completion.prompt_tokens, completion.completion_tokens) == (5, 2)
        assert bodies(provider) == [
            {
                "model": "acme/llama",
                "messages": MESSAGES,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        ]

    def test_keeps_calls_of_tools(self, server):
        def delta(arguments, **more):
            call = {"index": 0, "function": {"arguments": arguments}, **more}
            return event({"choices": [{"delta": {"tool_calls": [call]}}]})

        provider = server(streams(delta('{"a"', id="t1"), delta(":1}"), said(None, "tool_calls")))
        came, completion = outcome(stream(provider))
        assert (came, completion.finish_reason) == ([], "tool_calls")
        (call,) = completion.message["tool_calls"]
        assert (call["id"], call["function"]["arguments"]) == ("t1", '{"a":1}')

    def test_may_come_whole(self, server):
        provider = server(always(ANSWER, Content_Type="application/json"))
        came, completion = outcome(stream(provider))
        assert (came, completion.text) == (["Paris"], "Paris")

    @pytest.mark.parametrize(
        ("pieces", "came"),
        [
            ((said("Pa"),), ["Pa"]),
            ((said("Pa"), event({"error": {"message": "CUDA", "code": 500}})), ["Pa"]),
            ((said("Pa"), event({"object": "error", "message": "CUDA", "code": 500})), ["Pa"]),
            ((b"data: <html>\n\n",), []),
        ],
    )
    def test_that_breaks_off_keeps_what_had_come(self, server, pieces, came):
        found, error = failure(stream(server(streams(*pieces))))
        assert (found, error.code, error.endpoint_name) == (came, "model_failed", "acme/llama")

    def test_that_stalls_ends_at_the_longest_silence(self, server):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Pa")))
            visit.hang()

        came, error = failure(stream(server(handle, idle_seconds=0.2), seconds=60), seconds=0.2)
        assert (came, error.code) == (["Pa"], "model_timeout")

    def test_that_drips_ends_at_the_deadline(self, server):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(said("Pa")) + b"ffff\r\n")
            visit.drip(b": ")

        came, error = failure(stream(server(handle), seconds=0.4), seconds=0.4)
        assert (came, error.code) == (["Pa"], "model_timeout")


REFUSALS = [
    "Unrecognized request argument supplied: stream_options",
    '[{"type":"extra_forbidden","loc":["body","stream_options"]}]',
]


class TestAServerThatDoesNotTakeAField:
    def refusing(self, words, field, status=400):
        def handle(visit):
            while (request := visit.request()) is not None:
                body = json.loads(request.partition(b"\r\n\r\n")[2])
                if field in body:
                    visit.send(reply({"error": {"message": words}}, status))
                elif body.get("stream"):
                    visit.send(head() + framed(said("Paris", "stop") + DONE) + END)
                else:
                    visit.send(reply(ANSWER))

        return handle

    @pytest.mark.parametrize("words", REFUSALS)
    @pytest.mark.parametrize("status", [400, 422])
    def test_is_asked_again_without_and_then_never_with_it(self, server, words, status):
        provider = server(self.refusing(words, "stream_options", status))
        assert outcome(stream(provider))[0] == ["Paris"]
        assert outcome(stream(provider))[0] == ["Paris"]
        asked = ["stream_options" in body for body in bodies(provider)]
        assert asked == [True, False, False]

    def test_may_know_it_by_a_newer_name(self, server):
        words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        provider = server(self.refusing(words, "max_tokens"))
        assert chat(provider, parameters={"max_new_tokens": 9}).text == "Paris"
        assert [body.get("max_completion_tokens") for body in bodies(provider)] == [None, 9]
        chat(provider, parameters={})
        assert "max_completion_tokens" not in bodies(provider)[-1]

    def test_is_asked_again_for_nothing_else(self, server):
        provider = server(always({"error": {"message": "Unsupported parameter: 'top_k'"}}, 400))
        assert error_of(provider, parameters={"top_k": 1}).code == "model_failed"
        assert len(provider.far.requests) == 1

    def test_is_not_asked_for_ever(self, server):
        words = "unsupported: stream_options, max_tokens, max_completion_tokens"
        provider = server(always({"error": {"message": words}}, 400))
        _, error = failure(stream(provider, parameters={"max_tokens": 1}))
        assert error.code == "model_failed"
        assert len(provider.far.requests) == 2


class TestAFailure:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "model_failed"),
            (401, "model_failed"),
            (403, "model_failed"),
            (404, "model_not_served"),
            (408, "model_timeout"),
            (413, "model_failed"),
            (429, "model_not_ready"),
            (500, "model_failed"),
            (502, "model_unavailable"),
            (503, "model_unavailable"),
            (504, "model_timeout"),
            (529, "model_unavailable"),
            (302, "model_failed"),
        ],
    )
    def test_is_told_by_its_status_and_asked_once(self, server, status, code):
        body = {"error": {"message": "The model `x` does not exist at 10.0.0.7"}}
        provider = server(always(body, status, Location="http://127.0.0.1:1/"))
        error = error_of(provider)
        assert (error.code, error.endpoint_name) == (code, "acme/llama")
        assert "10.0.0.7" not in error.message
        _, streamed = failure(stream(provider))
        assert streamed.code == code
        assert len(provider.far.requests) == 2

    @pytest.mark.parametrize(
        ("said_so", "seconds"), [("7", 7.0), ("999999", 3600.0), ("soon", None), ("-1", None)]
    )
    def test_says_when_to_come_back(self, server, said_so, seconds):
        assert error_of(server(always({}, 429, Retry_After=said_so))).retry_after == seconds
        assert error_of(server(always({}, 429))).retry_after is None

    def test_may_come_with_status_200(self, server):
        assert error_of(server(always({"error": {"message": "no"}}))).code == "model_failed"

    def test_may_be_silence(self, server):
        hangs = server(lambda visit: visit.request() and visit.hang())
        assert error_of(hangs, seconds=0.3).code == "model_timeout"
        broken = server(lambda visit: visit.request())
        assert error_of(broken).code == "model_failed"


class TestOurKey:
    def test_is_sent(self, server):
        provider = server(always(ANSWER), key_name="MODEL_API_KEY", key=KEY)
        chat(provider)
        assert f"Authorization: Bearer {KEY}\r\n".encode() in provider.far.requests[0]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
    def test_is_shown_by_no_failure_though_the_server_quotes_it(self, server, status):
        quoted = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
        provider = server(always(quoted, status), key_name="MODEL_API_KEY", key=KEY)
        for error in (error_of(provider), failure(stream(provider))[1]):
            assert KEY not in f"{error!r} {error.message} {error.raw} {error.__cause__!r}"

    def test_that_is_refused_is_told_clearly(self, server):
        error = error_of(server(always({}, 401), key_name="MODEL_API_KEY", key=KEY))
        assert (error.code, error.raw) == ("model_failed", None)
        assert "refused our key" in error.message

    def test_that_is_not_there_asks_nobody(self, server):
        provider = server(always(ANSWER), key_name="MODEL_API_KEY", key=None)
        error = error_of(provider)
        assert (error.code, provider.far.requests) == ("model_failed", [])
        assert error.message == "MODEL_API_KEY is not set, or is no key"
        assert not provider.health()


class TestHealth:
    @pytest.mark.parametrize(
        ("status", "healthy"), [(200, True), (404, True), (401, False), (500, False), (302, False)]
    )
    def test_is_a_list_of_models_or_none(self, server, status, healthy):
        provider = server(always({}, status))
        assert provider.health() is healthy
        assert provider.far.requests[0].startswith(b"GET /v1/models HTTP/1.1\r\n")

    def test_of_a_server_that_is_away_is_bad(self, server):
        assert not server(lambda visit: visit.request()).health()
