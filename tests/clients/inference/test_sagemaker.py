"""Endpoints of SageMaker are asked in the words of their containers, and once."""

import json

import pytest

from app.clients.inference.base import InferenceError, InferenceRequest
from app.domain.deadline import Deadline
from tests.clients.aws_side import KEYS, refusal
from tests.clients.inference.sagemaker_side import provider_at
from tests.clients.inference.streams import outcome
from tests.clients.loopback import always, reply

pytestmark = pytest.mark.usefixtures("aws_keys")
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Capital?"},
]
SCRIPT = "Be brief.\nUser: Capital?\nAssistant:"
ANSWER = [{"generated_text": "Paris"}]
OPENAI = {
    "choices": [{"message": {"role": "assistant", "content": "Paris"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2},
}
NOT_READY = refusal("ModelNotReadyException", "loading", 429)


@pytest.fixture
def endpoint(serve):
    """Make a provider for an endpoint at a server's place."""

    def make(handler, **settings):
        far = serve(handler)
        given = {"endpoint_name": "llm-1", "region": "eu-west-1", "endpoint_url": far.url}
        provider = provider_at(given | settings, max_bytes=100_000)
        provider.far = far
        return provider

    return make


def query(provider, *, seconds=10.0, content="Capital?", context=None, parameters=None):
    return provider.complete(
        InferenceRequest(
            model_id="acme/llm",
            content=content,
            context=context,
            parameters=parameters or {},
            deadline=Deadline.after(seconds),
        )
    )


def chat(provider, *, seconds=10.0, **more):
    asked = {"model_id": "acme/llm", "messages": MESSAGES} | more
    return provider.complete(InferenceRequest(**asked, deadline=Deadline.after(seconds)))


def error_of(provider, *, seconds=10.0, **more):
    with pytest.raises(InferenceError) as caught:
        query(provider, seconds=seconds, **more)
    return caught.value


def requests(provider):
    """Return the requests' first lines with headers in small letters, and their bodies."""
    parted = [each.partition(b"\r\n\r\n") for each in provider.far.requests]
    return [(head.decode().lower(), json.loads(body)) for head, _, body in parted]


def body_of(provider):
    ((_, body),) = requests(provider)
    return body


def after_an_answer(then):
    """Return a handler for later questions: boto3 takes its time to get ready for the first."""
    answered = []

    def handle(visit):
        while visit.request() is not None:
            if answered:
                then(visit)
                return
            answered.append(True)
            visit.send(reply(ANSWER))

    return handle


class TestAQuestion:
    def test_is_answered(self, endpoint):
        headers = {"Content_Type": "application/json", "x_Amzn_Invoked_Production_Variant": "blue"}
        provider = endpoint(always(ANSWER, **headers))
        completion = query(provider, parameters={"max_new_tokens": 9})
        assert (completion.text, completion.provider) == ("Paris", "sagemaker")
        assert (completion.endpoint_name, completion.model_version) == ("llm-1", "blue")
        assert json.loads(completion.raw) == ANSWER
        ((head, body),) = requests(provider)
        assert head.startswith("post /endpoints/llm-1/invocations http/1.1\r\n")
        assert "content-type: application/json" in head
        assert "credential=akidexample/" in head
        assert body == {"inputs": "Capital?", "parameters": {"max_new_tokens": 9}}

    def test_names_no_variant_where_there_is_one_alone(self, endpoint):
        headers = {"x_Amzn_Invoked_Production_Variant": "AllTraffic"}
        assert query(endpoint(always(ANSWER, **headers))).model_version is None

    def test_says_which_part_of_the_endpoint_is_meant(self, endpoint):
        provider = endpoint(
            always(ANSWER),
            inference_component="part",
            target_variant="blue",
            target_model="a/b.tar.gz",
            custom_attributes="trace=1",
        )
        query(provider)
        ((head, _),) = requests(provider)
        assert "x-amzn-sagemaker-inference-component: part\r\n" in head
        assert "x-amzn-sagemaker-target-variant: blue\r\n" in head
        assert "x-amzn-sagemaker-target-model: a/b.tar.gz\r\n" in head
        assert "x-amzn-sagemaker-custom-attributes: trace=1\r\n" in head

    def test_larger_than_the_endpoint_takes_is_not_sent(self, endpoint):
        provider = endpoint(always(ANSWER), max_body_bytes=100)
        error = error_of(provider, content="x" * 100)
        assert error.code == "model_failed"
        assert "at most 100 bytes" in error.message
        assert query(provider).text == "Paris"
        assert len(provider.far.requests) == 1


TASKS = [
    ("fill-mask", None, {"inputs": "Capital?"}, [{"token_str": "x", "score": 0.5}], "x: 0.5000"),
    ("summarization", None, {"inputs": "Capital?"}, [{"summary_text": "s"}], "s"),
    ("translation", None, {"inputs": "Capital?"}, [{"translation_text": "t"}], "t"),
    ("text-classification", None, {"inputs": "Capital?"}, [{"label": "L", "score": 1.0}], "L: 1.0"),
    (
        "question-answering",
        "Paris is.",
        {"inputs": {"question": "Capital?", "context": "Paris is."}},
        {"answer": "Paris", "score": 0.9},
        "Paris",
    ),
    (
        "zero-shot-classification",
        "geography, cooking",
        {"inputs": "Capital?", "parameters": {"candidate_labels": ["geography", "cooking"]}},
        {"labels": ["geography", "cooking"], "scores": [0.75, 0.25]},
        "geography: 0.7500",
    ),
]


class TestAContainer:
    @pytest.mark.parametrize(("task", "context", "body", "answer", "text"), TASKS)
    def test_of_the_toolkit_has_a_body_for_each_task(
        self, endpoint, task, context, body, answer, text
    ):
        provider = endpoint(always(answer), task=task)
        assert query(provider, context=context).text.startswith(text)
        assert body_of(provider) == body

    @pytest.mark.parametrize("task", ["question-answering", "zero-shot-classification"])
    def test_that_needs_a_context_is_not_asked_without(self, endpoint, task):
        provider = endpoint(always(ANSWER), task=task)
        error = error_of(provider)
        assert (error.code, error.endpoint_name) == ("model_context_missing", "llm-1")
        assert "acme/llm" in error.message
        assert provider.far.requests == []

    def test_of_the_toolkit_continues_a_text_and_is_held_to_its_own_turn(self, endpoint):
        provider = endpoint(always([{"generated_text": f"{SCRIPT} Paris\nUser: And?"}]))
        assert chat(provider).text == "Paris"
        assert body_of(provider) == {"inputs": SCRIPT}

    @pytest.mark.parametrize("container", ["toolkit", "tgi"])
    def test_with_a_template_continues_a_text_of_that_form(self, endpoint, container):
        answer = [{"generated_text": "Paris<end_of_turn>\n<start_of_turn>user"}]
        provider = endpoint(always(answer), container=container, chat_template="gemma")
        assert chat(provider).text == "Paris"
        text = "<start_of_turn>user\nBe brief.\n\nCapital?<end_of_turn>\n<start_of_turn>model\n"
        assert body_of(provider) == {"inputs": text}

    @pytest.mark.parametrize("container", ["tgi", "djl"])
    def test_of_generation_takes_inputs_and_messages(self, endpoint, container):
        provider = endpoint(always({"generated_text": "Paris"}), container=container)
        assert query(provider, parameters={"max_tokens": 9}).text == "Paris"
        assert body_of(provider) == {"inputs": "Capital?", "parameters": {"max_new_tokens": 9}}
        provider = endpoint(always(OPENAI), container=container)
        assert chat(provider, parameters={"max_tokens": 9}).text == "Paris"
        assert body_of(provider) == {"messages": MESSAGES, "max_tokens": 9}

    @pytest.mark.parametrize("container", ["vllm", "openai"])
    def test_of_openais_kind_takes_messages_alone(self, endpoint, container):
        provider = endpoint(always(OPENAI), container=container, model="m", extra={"top_k": 1})
        completion = query(provider, parameters={"max_new_tokens": 9})
        assert (completion.text, completion.prompt_tokens) == ("Paris", 5)
        message = {"role": "user", "content": "Capital?"}
        wanted = {"messages": [message], "model": "m", "max_tokens": 9, "top_k": 1}
        assert body_of(provider) == wanted

    def test_of_jumpstart_hears_that_its_licence_is_accepted(self, endpoint):
        answer = [{"generation": {"role": "assistant", "content": "Paris"}}]
        provider = endpoint(always(answer), container="jumpstart")
        assert chat(provider).text == "Paris"
        ((head, body),) = requests(provider)
        assert "x-amzn-sagemaker-custom-attributes: accept_eula=true\r\n" in head
        assert body == {"inputs": [MESSAGES]}

    @pytest.mark.parametrize(
        ("kind", "task", "context", "body"),
        [
            ("application/x-text", "text-classification", None, "Größe?".encode()),
            ("application/x-text", "text2text-generation", "Of it.", "Of it.\n\nGröße?".encode()),
            (
                "application/list-text",
                "question-answering",
                "Of it.",
                '["Größe?","Of it."]'.encode(),
            ),
        ],
    )
    def test_of_jumpstarts_older_kind_takes_bare_text(self, endpoint, kind, task, context, body):
        answer = {"probabilities": [0.9, 0.1], "labels": ["big", "small"], "predicted_label": "big"}
        provider = endpoint(always(answer), container="jumpstart", content_type=kind, task=task)
        completion = query(provider, content="Größe?", context=context, parameters={"top_k": 1})
        assert completion.text == "big: 0.9000\nsmall: 0.1000"
        head, _, found = provider.far.requests[0].partition(b"\r\n\r\n")
        assert found == body
        assert f"Content-Type: {kind}\r\n".encode() in head
        assert b"Accept: application/json;verbose\r\n" in head

    def test_of_that_kind_continues_a_text(self, endpoint):
        provider = endpoint(
            always({"generated_text": "Paris"}),
            container="jumpstart",
            content_type="application/x-text",
        )
        assert chat(provider).text == "Paris"
        assert provider.far.requests[0].endswith(b"\r\n\r\n" + SCRIPT.encode())

    def test_may_be_asked_for_its_chat_in_another_way(self, endpoint):
        provider = endpoint(always(OPENAI), container="jumpstart", chat="messages")
        chat(provider)
        assert body_of(provider) == {"messages": MESSAGES}

    def test_without_streams_answers_in_one_piece(self, endpoint):
        provider = endpoint(always(ANSWER))
        asked = {"model_id": "m", "deadline": Deadline.after(10)}
        pieces = provider.stream(InferenceRequest(content="Capital?", **asked))
        assert provider.far.requests == []
        assert outcome(pieces)[0] == ["Paris"]
        assert outcome(provider.stream(InferenceRequest(messages=MESSAGES, **asked)))[0] == [
            "Paris"
        ]
        assert [b"/invocations HTTP" in each for each in provider.far.requests] == [True, True]


ENDPOINT_GONE = "Endpoint llm-1 of account 123456789012 not found."
CONTAINER = {"OriginalMessage": "CUDA out of memory", "LogStreamArn": "arn:aws:logs"}
LATE = "Your invocation timed out while waiting for a response from container primary."
ERRORS = [
    (refusal("ValidationError", ENDPOINT_GONE), "model_not_served"),
    (refusal("ValidationError", "Variant blue not found for Request"), "model_not_served"),
    (refusal("ValidationException", "Could not find endpoint llm-1"), "model_not_served"),
    (refusal("ValidationError", "Header X is wrong"), "model_failed"),
    (refusal("ModelError", OriginalStatusCode=500, status=424, **CONTAINER), "model_failed"),
    (refusal("ModelError", OriginalStatusCode=400, status=424, **CONTAINER), "model_failed"),
    (refusal("ModelError", OriginalStatusCode=503, status=424, **CONTAINER), "model_unavailable"),
    (refusal("ModelError", OriginalStatusCode=504, status=424, **CONTAINER), "model_timeout"),
    (
        refusal("ModelError", status=424, OriginalStatusCode=0, OriginalMessage=LATE),
        "model_timeout",
    ),
    (refusal("ModelError", LATE, 424), "model_timeout"),
    (refusal("ModelError", "odd", 424, OriginalStatusCode=[1]), "model_failed"),
    (refusal("ServiceUnavailable", status=503), "model_unavailable"),
    (refusal("InternalDependencyException", status=530), "model_unavailable"),
    (refusal("InternalFailure", status=500), "model_failed"),
    (refusal("", status=504), "model_timeout"),
    ({"body": b"<html>", "status": 503}, "model_unavailable"),
    ({"body": b"", "status": 302, "Location": "http://127.0.0.1:1/"}, "model_failed"),
    ({"body": b"x" * 100_001}, "model_failed"),
    ({"body": b"<html>"}, "model_failed"),
    ({"body": [1], "status": 400}, "model_failed"),
    ({"body": b'{"a":' * 9000, "status": 400}, "model_failed"),
    ({"body": {"error": "CUDA"}}, "model_failed"),
]


class TestAFailure:
    @pytest.mark.parametrize(("answer", "code"), ERRORS)
    def test_is_told_by_its_code(self, endpoint, answer, code):
        provider = endpoint(always(**answer))
        error = error_of(provider)
        assert (error.code, error.endpoint_name) == (code, "llm-1")
        assert "123456789012" not in error.message
        assert len(provider.far.requests) == 1

    def test_of_a_container_keeps_its_words_for_those_who_may_see_them(self, endpoint):
        provider = endpoint(
            always(**refusal("ModelError", OriginalStatusCode=500, status=424, **CONTAINER))
        )
        error = error_of(provider)
        assert error.raw == "CUDA out of memory"
        assert error.message == "the model's container answered with HTTP 500"

    @pytest.mark.parametrize(
        "code",
        [
            "AccessDeniedException",
            "UnrecognizedClientException",
            "ExpiredTokenException",
            "InvalidSignatureException",
            "MissingAuthenticationTokenException",
        ],
    )
    def test_of_our_credentials_shows_none_of_them(self, endpoint, code):
        words = "arn:aws:iam::123456789012:role/x with AKIDEXAMPLE is not authorized"
        error = error_of(endpoint(always(**refusal(code, words, 403))))
        assert (error.code, error.raw) == ("model_failed", None)
        assert "refused our credentials" in error.message

    def test_may_be_silence_and_is_asked_once(self, endpoint):
        hangs = endpoint(after_an_answer(lambda visit: visit.hang()))
        query(hangs)
        assert error_of(hangs, seconds=0.4).code == "model_timeout"
        assert len(hangs.far.requests) == 2
        broken = endpoint(lambda visit: visit.request())
        assert error_of(broken).code == "model_failed"
        assert len(broken.far.requests) == 1

    def test_may_be_that_nobody_is_there(self, endpoint):
        provider = endpoint(always(ANSWER))
        provider.far.close()
        assert error_of(provider).code == "model_unavailable"

    def test_may_be_that_the_address_may_not_be_reached(self, serve):
        far = serve(always(ANSWER))
        given = {"endpoint_name": "e", "region": "eu-west-1", "endpoint_url": far.url}
        provider = provider_at(given, may_reach=lambda _: False)
        assert error_of(provider).code == "model_unavailable"
        assert far.visits == 0

    def test_may_be_an_answer_that_drips(self, endpoint):
        def drip(visit):
            visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
            visit.drip()

        provider = endpoint(after_an_answer(drip))
        query(provider)
        assert error_of(provider, seconds=0.4).code == "model_timeout"


class TestAModelThatIsNotReady:
    @pytest.mark.parametrize(
        "refused",
        [
            NOT_READY,
            refusal("ThrottlingException", "Rate exceeded"),
            refusal("ValidationError", "Inference Component has no capacity"),
            refusal("", status=429),
            refusal("ModelError", "busy", 424, OriginalStatusCode=429, OriginalMessage="full"),
        ],
    )
    def test_is_asked_again_until_it_is(self, endpoint, refused):
        left = [reply(**refused), reply(ANSWER)]

        def handle(visit):
            while visit.request() is not None:
                visit.send(left.pop(0))

        provider = endpoint(handle)
        assert query(provider, seconds=30).text == "Paris"
        assert len(provider.far.requests) == 2

    def test_is_asked_while_there_is_time(self, endpoint):
        def refuse(visit):
            visit.send(reply(**NOT_READY))
            while visit.request() is not None:
                visit.send(reply(**NOT_READY))

        provider = endpoint(after_an_answer(refuse))
        query(provider)
        error = error_of(provider, seconds=1.5)
        assert (error.code, error.retry_after) == ("model_not_ready", 5.0)
        assert 2 < len(provider.far.requests) < 20

    def test_is_not_asked_again_after_any_other_failure(self, endpoint):
        left = [reply(**NOT_READY), reply(**refusal("InternalFailure", status=500))]

        def handle(visit):
            while visit.request() is not None:
                visit.send(left.pop(0))

        assert error_of(endpoint(handle), seconds=30).code == "model_failed"
        assert left == []


class TestCredentials:
    def test_are_not_looked_for_before_the_first_question(self, endpoint, monkeypatch):
        for name in KEYS.keys() - {"AWS_EC2_METADATA_DISABLED"}:
            monkeypatch.delenv(name)
        provider = endpoint(always(ANSWER))
        error = error_of(provider)
        assert (error.code, provider.far.requests) == ("model_failed", [])
        assert error.message == "AWS cannot be asked: NoCredentialsError"
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        assert query(provider).text == "Paris"

    def test_may_be_withheld(self, endpoint, monkeypatch, tmp_path):
        for name in KEYS.keys() - {"AWS_EC2_METADATA_DISABLED"}:
            monkeypatch.delenv(name)
        (tmp_path / "config").write_text("[default]\ncredential_process = false\n")
        error = error_of(endpoint(always(ANSWER)))
        assert (error.code, error.raw) == ("model_unavailable", None)
        assert error.message == "whoever has the AWS credentials did not give them"

    def test_need_a_region(self, serve):
        far = serve(always(ANSWER))
        provider = provider_at({"endpoint_name": "e", "endpoint_url": far.url})
        error = error_of(provider)
        assert (error.code, far.requests) == ("model_failed", [])
        assert error.message == "AWS cannot be asked: NoRegionError"
