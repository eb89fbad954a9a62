"""Streams of SageMaker end well, or end as failures that keep what had come."""

import json

import pytest

from app.clients.inference.base import InferenceRequest
from app.domain.deadline import Deadline
from tests.clients.aws_side import refusal
from tests.clients.inference.sagemaker_side import (
    exception,
    head,
    message,
    part,
    provider_at,
    streams,
)
from tests.clients.inference.streams import (
    DONE,
    END,
    USAGE,
    event,
    failure,
    framed,
    outcome,
    said,
)
from tests.clients.loopback import always, reply

pytestmark = pytest.mark.usefixtures("aws_keys")
MESSAGES = [{"role": "user", "content": "Capital?"}]
LINES = "application/jsonlines"


@pytest.fixture
def endpoint(serve):
    """Make a provider for an endpoint at a server's place."""

    def make(handler, **settings):
        far = serve(handler)
        given = {"endpoint_name": "llm-1", "region": "eu-west-1", "endpoint_url": far.url}
        provider = provider_at(given | {"container": "tgi"} | settings)
        provider.far = far
        return provider

    return make


def ask(provider, *, seconds=30.0):
    return provider.stream(
        InferenceRequest(
            model_id="m",
            content="Capital?",
            parameters={"max_new_tokens": 9},
            deadline=Deadline.after(seconds),
        )
    )


def chat(provider, *, seconds=30.0):
    return provider.stream(
        InferenceRequest(model_id="m", messages=MESSAGES, deadline=Deadline.after(seconds))
    )


def token(text, **more):
    return {"token": {"id": 1, "text": text, "special": False}, **more}


def line(value):
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def bodies(provider):
    return [json.loads(each.partition(b"\r\n\r\n")[2]) for each in provider.far.requests]


TGI = [
    event(token("Pa", generated_text=None)),
    event(token("ris", generated_text="Paris", details={"finish_reason": "eos_token"})),
]
DJL = [
    line(token("Pa")),
    line(token("ris", generated_text="Paris", details={"finish_reason": "length"})),
]
OPENAI = [said("Pa"), said("ris"), said(None, "stop"), USAGE, DONE]


class TestAStream:
    @pytest.mark.parametrize(
        ("container", "pieces", "kind", "reason"),
        [
            ("tgi", TGI, "text/event-stream", "eos_token"),
            ("djl", DJL, LINES, "length"),
            ("jumpstart", DJL, "binary/octet-stream", "length"),
            ("vllm", OPENAI, "text/event-stream; charset=utf-8", "stop"),
            ("openai", OPENAI, "", "stop"),
        ],
    )
    def test_is_given_as_it_comes(self, endpoint, container, pieces, kind, reason):
        handler = streams(*map(part, pieces), kind=kind, variant="blue")
        provider = endpoint(handler, container=container)
        came, completion = outcome(ask(provider))
        assert (came, completion.text) == (["Pa", "ris"], "Paris")
        assert (completion.finish_reason, completion.model_version) == (reason, "blue")
        assert (completion.endpoint_name, completion.provider) == ("llm-1", "sagemaker")
        assert b"/endpoints/llm-1/invocations-response-stream HTTP" in provider.far.requests[0]
        assert bodies(provider)[0]["stream"] is True

    def test_of_a_chat_counts_its_tokens(self, endpoint):
        provider = endpoint(streams(*map(part, OPENAI)), container="vllm")
        _, completion = outcome(chat(provider))
        assert (completion.prompt_tokens, completion.completion_tokens) == (5, 2)
        options = {"stream": True, "stream_options": {"include_usage": True}}
        assert bodies(provider) == [{"messages": MESSAGES, **options}]

    def test_is_asked_for_when_its_first_piece_is_wanted(self, endpoint):
        provider = endpoint(streams(*map(part, TGI)))
        pieces = ask(provider)
        assert provider.far.requests == []
        assert next(pieces) == "Pa"

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    @pytest.mark.parametrize(("separator", "kind"), [(event, "text/event-stream"), (line, LINES)])
    def test_may_be_cut_anywhere(self, endpoint, size, separator, kind):
        data = b"".join(
            [
                separator(token("Ünï")),
                separator(token("💡\n")),
                separator(token("é", details={"finish_reason": "stop"})),
            ]
        )
        cut = [part(data[at : at + size]) for at in range(0, len(data), size)]
        came, completion = outcome(ask(endpoint(streams(*cut, kind=kind))))
        assert (came, completion.text) == (["Ünï", "💡\n", "é"], "Ünï💡\né")

    def test_may_have_its_own_frames_cut_anywhere(self, endpoint):
        data = b"".join(map(part, TGI))
        pieces = [data[at : at + 5] for at in range(0, len(data), 5)]
        assert outcome(ask(endpoint(streams(*pieces))))[0] == ["Pa", "ris"]

    def test_may_have_messages_of_other_kinds(self, endpoint):
        other = message(b"{}", message_type="event", event_type="initial-response")
        odd = message(b"{}", message_type="event", event_type="Heartbeat")
        provider = endpoint(streams(other, odd, part(b""), *map(part, TGI)))
        assert outcome(ask(provider))[0] == ["Pa", "ris"]

    @pytest.mark.parametrize("body", [[{"generated_text": "Paris"}], {"generated_text": "Paris"}])
    def test_may_come_whole(self, endpoint, body):
        raw = json.dumps(body, indent=2).encode()
        handler = streams(part(raw[:9]), part(raw[9:]), kind="application/json")
        came, completion = outcome(ask(endpoint(handler)))
        assert (came, completion.text) == (["Paris"], "Paris")

    def test_may_be_lines_under_the_name_of_one_value(self, endpoint):
        handler = streams(*map(part, DJL), kind="application/json; charset=utf-8")
        assert outcome(ask(endpoint(handler)))[1].text == "Paris"

    def test_of_a_model_that_is_not_ready_is_asked_for_again(self, endpoint):
        left = [reply(**refusal("ModelNotReadyException", status=429))]

        def handle(visit):
            while visit.request() is not None:
                if left:
                    visit.send(left.pop())
                else:
                    visit.send(head() + b"".join(framed(part(one)) for one in TGI) + END)

        provider = endpoint(handle)
        assert outcome(ask(provider))[0] == ["Pa", "ris"]
        assert len(provider.far.requests) == 2

    def test_is_wanted_of_no_container_that_only_continues_texts(self, endpoint):
        provider = endpoint(always([{"generated_text": "Paris"}]), chat="text")
        assert outcome(chat(provider))[0] == ["Paris"]
        assert "stream" not in bodies(provider)[0]

    def test_may_be_unwanted(self, endpoint):
        provider = endpoint(always([{"generated_text": "Paris"}]), streams=False)
        assert outcome(ask(provider))[0] == ["Paris"]

    def test_ends_with_its_connection_kept(self, endpoint):
        provider = endpoint(streams(*map(part, TGI)))
        for _ in range(3):
            outcome(ask(provider))
        assert provider.far.visits == 1

    def test_that_is_left_ends_the_call(self, endpoint):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(part(TGI[0])))
            visit.drip(b": ")

        provider = endpoint(handle)
        pieces = ask(provider)
        assert next(pieces) == "Pa"
        pieces.close()
        with pytest.raises(StopIteration):
            next(pieces)


BEGUN = part(TGI[0])
FAILURES = [
    ((BEGUN,), ["Pa"], "model_failed"),
    ((BEGUN, exception("ModelStreamError", "broken", ErrorCode="StreamBroken")), ["Pa"], None),
    ((BEGUN, exception("ModelStreamError", "Your model timed out")), ["Pa"], "model_timeout"),
    ((exception("ModelStreamError", "ModelInvocationTimeExceeded"),), [], "model_timeout"),
    ((BEGUN, exception("InternalStreamFailure", "oh")), ["Pa"], "model_failed"),
    ((BEGUN, message(b"<x>", message_type="exception", exception_type="Odd")), ["Pa"], None),
    (
        (
            BEGUN,
            message(
                b"",
                message_type="error",
                error_code="ServiceUnavailable",
                error_message="try again",
            ),
        ),
        ["Pa"],
        "model_unavailable",
    ),
    ((BEGUN, part(TGI[1])[:-1] + b"!"), ["Pa"], "model_failed"),
    ((BEGUN, b"\xff" * 16), ["Pa"], "model_failed"),
    ((BEGUN, part(event({"error": {"message": "CUDA"}}))), ["Pa"], "model_failed"),
    (
        (part(line(token("Pa"))), part(line(token("", details={"finish_reason": "error"})))),
        ["Pa"],
        "model_failed",
    ),
    ((part(b"data: <html>\n\n"),), [], "model_failed"),
]


class TestAStreamThatFails:
    @pytest.mark.parametrize(("messages", "came", "code"), FAILURES)
    def test_keeps_what_had_come(self, endpoint, messages, came, code):
        provider = endpoint(streams(*messages))
        found, error = failure(ask(provider))
        wanted = (came, code or "model_failed", "llm-1")
        assert (found, error.code, error.endpoint_name) == wanted
        assert len(provider.far.requests) == 1

    @pytest.mark.parametrize(
        "after", [exception("InternalStreamFailure", "oh"), b"\xff" * 16, part(b"data: <x>\n\n")]
    )
    def test_after_its_last_word_is_whole(self, endpoint, after):
        came, completion = outcome(ask(endpoint(streams(*map(part, TGI), after))))
        assert (came, completion.text) == (["Pa", "ris"], "Paris")

    def test_by_hanging_up_keeps_what_had_come(self, endpoint):
        found, error = failure(ask(endpoint(streams(BEGUN, end=b""))))
        assert (found, error.code) == (["Pa"], "model_failed")

    def test_before_it_begins_is_told_by_its_code(self, endpoint):
        provider = endpoint(always(**refusal("ValidationError", "Endpoint llm-1 not found")))
        assert failure(ask(provider))[1].code == "model_not_served"

    def test_by_silence_ends_after_the_longest_one(self, endpoint):
        def handle(visit):
            visit.request()
            visit.send(head() + framed(BEGUN))
            visit.hang()

        came, error = failure(ask(endpoint(handle, idle_seconds=0.3)), seconds=5)
        assert (came, error.code) == (["Pa"], "model_timeout")

    @pytest.mark.parametrize("drop", [b": comment\n" * 999, TGI[0] * 999])
    def test_by_dripping_ends_at_the_deadline(self, endpoint, drop):
        whole = [True]

        def handle(visit):
            while visit.request() is not None and whole:
                visit.send(head() + b"".join(framed(part(one)) for one in TGI) + END)
                whole.pop()
            visit.send(head() + framed(BEGUN) + b"fffff\r\n")
            visit.drip(part(drop))

        provider = endpoint(handle)
        # boto3 takes its time to get ready for the first one.
        outcome(ask(provider))
        came, error = failure(ask(provider, seconds=0.5), seconds=0.5)
        assert (came, error.code) == (["Pa"], "model_timeout")
