"""The Model Service is read in both of its forms, with every trap they hold."""

import json
import time
from dataclasses import replace

import pytest

from app.clients.http import HttpClient, Remote
from app.clients.inference.base import Completion, InferenceError, InferenceRequest
from app.clients.inference.model_service import ModelService
from app.domain.chat_templates import TEMPLATES
from app.domain.deadline import Deadline
from tests.clients.loopback import always, reply

MODEL = "google-bert/bert_base.uncased"
NAME = "google-bert--bert-baseuncased-2931c134-202506110820"
NEWER = "google-bert--bert-baseuncased-0a1b2c3d-202511210820"
CACHE_SECONDS = 60.0
MARGIN = 5.0


class ModelSide:
    """A Model Service in either form whose parts a test exchanges."""

    def __init__(self, variant):
        self.variant = variant
        self.states = {NAME: "InService", "other-2931c134-202506110820": "InService"}
        self.configs = {NAME: (MODEL, "text-generation")}
        self.answers = {}
        self.calls = []

    def __call__(self, visit):
        while (request := visit.request()) is not None:
            method, path = request.split()[:2]
            body = request.partition(b"\r\n\r\n")[2]
            self.calls.append((method.decode(), path.decode(), json.loads(body or b"null")))
            said = self.answers.get(path.decode())
            if callable(said):
                said(visit)
                return
            visit.send(said or self._usual(path.decode()))

    def paths(self):
        return [path for _, path, _ in self.calls]

    def asked(self):
        return [body for method, _, body in self.calls if method == "POST"]

    def _usual(self, path):
        if path == "/endpoints":
            return reply(self._endpoints())
        if path.startswith("/config/"):
            return self._config(path.removeprefix("/config/"))
        if path == "/chat/completions":
            return reply(self._chat())
        name = path.split("/")[2]
        if name in self.states:
            return reply([{"generated_text": f"by {name}"}])
        if self.variant == "a":
            return reply({"error": f'Could not find endpoint "{name}".'})
        return reply({"detail": f'Could not find endpoint "{name}".'}, 404)

    def _endpoints(self):
        if self.variant == "a":
            keys = ("endpointName", "status")
            return {
                "endpoints": [dict(zip(keys, item, strict=True)) for item in self.states.items()]
            }
        keys = ("EndpointName", "EndpointStatus")
        listed = [dict(zip(keys, item, strict=True)) for item in self.states.items()]
        return {"status": "success", "endpoints": listed}

    def _config(self, name):
        if name not in self.configs:
            return reply({"detail": "no configuration"}, 404)
        model_id, task = self.configs[name]
        model = {"id": model_id, "source": "huggingface", "task": task, "version": "1.0"}
        return reply({"deployment": {"endpoint_name": name}, "models": [model]})

    def _chat(self):
        if self.variant == "a":
            content, usage = repr([{"generated_text": "It's Paris."}]), {}
        else:
            content = "It's Paris."
            usage = {"usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}}
        message = {"role": "assistant", "content": content}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **usage}


@pytest.fixture(params=["a", "b"])
def side(request):
    return ModelSide(request.param)


@pytest.fixture
def make(serve, cache):
    def make(handler, **settings):
        client = HttpClient(Remote(name="model service", url=serve(handler).url, max_bytes=200_000))
        return ModelService(client, cache, endpoint_cache_seconds=CACHE_SECONDS, **settings)

    return make


@pytest.fixture
def service(make, side):
    return make(side)


def query(service, content="Where?", *, context=None, model_id=MODEL, seconds=10.0, **parameters):
    return service.complete(
        InferenceRequest(
            model_id=model_id,
            content=content,
            context=context,
            parameters=parameters,
            deadline=Deadline.after(seconds),
        )
    )


def chat(service, *contents, seconds=10.0, **parameters):
    roles = ["system", "user", "assistant", "user"]
    messages = [
        {"role": role, "content": content}
        for role, content in zip(roles[-len(contents) :], contents, strict=True)
    ]
    return service.complete(
        InferenceRequest(
            model_id=MODEL,
            messages=messages,
            parameters=parameters,
            deadline=Deadline.after(seconds),
        )
    )


def failure(ask, *args, **kwargs):
    with pytest.raises(InferenceError) as caught:
        ask(*args, **kwargs)
    return caught.value


class TestAQuery:
    def test_is_answered_by_the_endpoint_that_serves_the_model(self, service, side):
        completion = query(service, "Where?", temperature=0.5, max_new_tokens=5)
        assert replace(completion, latency_ms=0) == Completion(
            text=f"by {NAME}",
            endpoint_name=NAME,
            provider="model_service",
            finish_reason=None,
            prompt_tokens=None,
            completion_tokens=None,
            raw=json.dumps([{"generated_text": f"by {NAME}"}]),
            latency_ms=0,
            model_version="1.0",
        )
        assert 0 <= completion.latency_ms < 10_000
        assert side.paths() == ["/endpoints", f"/config/{NAME}", f"/endpoint/{NAME}/query"]
        parameters = {"temperature": 0.5, "max_new_tokens": 5}
        assert side.asked() == [{"query": "Where?", "parameters": parameters}]

    @pytest.mark.parametrize("context", ["Paris is in France.", "", " "])
    def test_goes_with_its_context(self, service, side, context):
        query(service, context=context)
        assert side.asked() == [{"query": "Where?", "context": context}]

    def test_is_not_repeated_in_the_answer(self, service, side):
        side.answers[f"/endpoint/{NAME}/query"] = reply([{"generated_text": "Where? In Paris."}])
        completion = query(service)
        assert completion.text == "In Paris."
        assert json.loads(completion.raw) == [{"generated_text": "Where? In Paris."}]

    def test_may_be_answered_with_what_no_store_takes(self, service, side):
        body = b'[{"generated_text": "a\\u0000b\\ud800", "x": "\0"}]'
        side.answers[f"/endpoint/{NAME}/query"] = reply(body.replace(b"\0", b""))
        assert query(service).text == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"

    @pytest.mark.parametrize(
        "task",
        ["question-answering", "zero-shot-classification", "zero-shot", "table-question-answering"],
    )
    @pytest.mark.parametrize("context", [None, "", " \n"])
    def test_without_the_context_that_the_task_needs_is_refused(
        self, service, side, task, context, cache
    ):
        side.configs[NAME] = (MODEL, task)
        error = failure(query, service, context=context)
        assert (error.code, error.endpoint_name) == ("model_context_missing", NAME)
        assert task in error.message
        assert side.asked() == []
        assert cache.kept != {}
        assert query(service, context="Paris is in France.").text == f"by {NAME}"


class TestAChat:
    def test_is_answered(self, service, side):
        completion = chat(service, "Be brief.", "Hi", "Hello", "Where?", temperature=0.5)
        assert completion.text == "It's Paris."
        assert completion.finish_reason == "stop"
        tokens = (completion.prompt_tokens, completion.completion_tokens)
        assert tokens == ((None, None) if side.variant == "a" else (5, 3))
        assert completion.endpoint_name == NAME
        (body,) = side.asked()
        assert body == {
            "temperature": 0.5,
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
                {"role": "user", "content": "Where?"},
            ],
        }

    def test_is_not_led_elsewhere_by_its_parameters(self, service, side):
        chat(service, "Where?", model="other", messages=[], stream=True)
        (body,) = side.asked()
        assert body == {"model": MODEL, "messages": [{"role": "user", "content": "Where?"}]}

    def test_with_a_model_that_needs_a_context_is_refused(self, service, side):
        side.configs[NAME] = (MODEL, "question-answering")
        assert failure(chat, service, "Where?").code == "model_context_missing"
        assert side.asked() == []

    def test_may_go_as_one_text_by_query(self, make, side):
        service = make(side, chat_by_query=True)
        text = "Be brief.\nUser: Hi\nAssistant: Hello\nUser: Where?\nAssistant:"
        answer = f"{text} In Paris.\nUser: And you?"
        side.answers[f"/endpoint/{NAME}/query"] = reply([{"generated_text": answer}])
        completion = chat(service, "Be brief.", "Hi", "Hello", "Where?", top_k=5)
        assert completion.text == "In Paris."
        assert side.asked() == [{"query": text, "parameters": {"top_k": 5}}]

    def test_may_go_in_the_form_that_the_model_was_taught(self, make, side):
        service = make(side, chat_template=TEMPLATES["mistral"])
        text = "[INST] Be brief.\n\nHi [/INST] Hello</s>[INST] Where? [/INST]"
        answer = f"{text} In Paris.</s>[INST] And"
        side.answers[f"/endpoint/{NAME}/query"] = reply([{"generated_text": answer}])
        assert chat(service, "Be brief.", "Hi", "Hello", "Where?").text == "In Paris."
        assert side.asked() == [{"query": text}]


class TestTheLookUp:
    def test_is_remembered_for_as_long_as_configured(self, service, side, cache):
        query(service)
        query(service)
        chat(service, "Where?")
        assert side.paths().count("/endpoints") == 1
        assert set(cache.seconds.values()) == {CACHE_SECONDS}

    @pytest.mark.parametrize("kept", [5, [], {"name": NAME}, {"other": 1}])
    def test_is_repeated_where_something_odd_was_remembered(self, service, side, cache, kept):
        cache.kept[f"endpoint:{MODEL}"] = kept
        assert query(service).text == f"by {NAME}"
        assert side.paths().count("/endpoints") == 1

    def test_takes_the_latest_endpoint(self, service, side):
        side.states[NEWER] = "InService"
        side.configs[NEWER] = (MODEL, "text-generation")
        assert query(service).endpoint_name == NEWER

    def test_takes_no_endpoint_that_is_only_called_alike(self, service, side):
        side.states[NEWER] = "InService"
        side.configs[NEWER] = ("google-bert/bert-base.uncased", "text-generation")
        assert query(service).endpoint_name == NAME

    def test_finds_an_endpoint_with_a_name_of_its_own(self, service, side):
        side.states = {"google-bert--bert-baseuncased-production": "InService"}
        side.configs = {"google-bert--bert-baseuncased-production": (MODEL, "fill-mask")}
        assert query(service).endpoint_name == "google-bert--bert-baseuncased-production"

    def test_finds_a_model_among_several_of_an_endpoint(self, service, side):
        models = [None, {"id": "other"}, {"id": MODEL, "task": None, "version": 2}]
        side.answers[f"/config/{NAME}"] = reply({"models": models})
        assert query(service).model_version is None

    @pytest.mark.parametrize(
        "config",
        [reply({}), reply([]), reply({"models": None}), reply({"models": [{"id": "other"}]})],
    )
    def test_takes_no_endpoint_that_does_not_confirm_it(self, service, side, config):
        side.answers[f"/config/{NAME}"] = config
        assert failure(query, service).code == "model_not_served"
        assert side.asked() == []

    @pytest.mark.parametrize("config", [reply({}, 500), reply({"error": "x"}), reply(b"<html>")])
    def test_says_when_it_cannot_tell(self, service, side, config):
        side.answers[f"/config/{NAME}"] = config
        assert failure(query, service).code == "model_failed"
        side.states[NEWER] = "InService"
        side.configs[NEWER] = (MODEL, "text-generation")
        assert query(service).endpoint_name == NEWER

    @pytest.mark.parametrize("state", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
    def test_says_that_the_model_is_on_its_way(self, service, side, state):
        side.states[NAME] = state
        error = failure(query, service)
        assert (error.code, error.endpoint_name) == ("model_not_ready", NAME)
        assert state in error.message

    @pytest.mark.parametrize(
        "state", ["OutOfService", "Deleting", "Failed", "UpdateRollbackFailed", "Unheard"]
    )
    def test_takes_no_endpoint_that_is_out_of_service(self, service, side, state):
        side.states[NAME] = state
        assert failure(query, service).code == "model_not_served"

    def test_says_that_nobody_serves_the_model(self, service, side, cache):
        error = failure(query, service, model_id="nobody/has-it")
        assert (error.code, error.message) == ("model_not_served", "nobody serves nobody/has-it")
        assert side.paths() == ["/endpoints"]
        assert cache.kept == {}

    def test_asks_only_so_many_endpoints_that_are_called_alike(self, service, side):
        for number in range(50):
            side.states[f"{NAME[:-13]}-2026{number:08}"] = "InService"
        failure(query, service)
        assert len(side.calls) <= 1 + 8

    @pytest.mark.parametrize(
        "listed",
        [
            reply({"error": "AccessDenied: arn:aws:iam::123456789012:role/x"}),
            reply({"endpoints": None}),
            reply([]),
            reply({}, 404),
            reply({}, 500),
            reply(b"<html>"),
        ],
    )
    def test_may_fail(self, service, side, listed):
        side.answers["/endpoints"] = listed
        error = failure(query, service)
        assert error.code == "model_failed"
        assert "123456789012" not in error.message

    def test_passes_over_entries_that_are_none(self, service, side):
        entries = [None, {}, {"endpointName": 5, "status": "InService"}]
        entries += [{"endpointName": NAME, "status": None}]
        entries += [{"endpointName": NAME, "status": "InService"}]
        side.answers["/endpoints"] = reply({"endpoints": entries})
        assert query(service).endpoint_name == NAME


class TestAnEndpointThatIsGone:
    def test_is_looked_up_once_more_and_the_new_one_asked(self, service, side):
        query(service)
        del side.states[NAME], side.configs[NAME]
        side.states[NEWER] = "InService"
        side.configs[NEWER] = (MODEL, "text-generation")
        assert query(service).text == f"by {NEWER}"
        assert query(service).text == f"by {NEWER}"
        assert side.paths().count("/endpoints") == 2

    @pytest.mark.parametrize("said", [reply({"detail": "Model not deployed"}, 404)])
    def test_may_show_in_a_chat(self, service, side, said):
        chat(service, "Where?")
        side.answers["/chat/completions"] = said
        assert failure(chat, service, "Where?").code == "model_not_served"
        assert side.paths().count("/chat/completions") == 3

    def test_is_not_served_when_nothing_took_its_place(self, service, side, cache):
        query(service)
        del side.states[NAME]
        assert failure(query, service).code == "model_not_served"
        assert cache.kept == {}

    def test_is_asked_at_most_twice(self, service, side):
        query(service)
        side.answers[f"/endpoint/{NAME}/query"] = reply({"error": f"Endpoint {NAME} not found."})
        error = failure(query, service)
        assert (error.code, error.endpoint_name) == ("model_not_served", NAME)
        assert len(side.asked()) == 3

    @pytest.mark.parametrize(
        "said",
        [
            reply({"error": "ModelError: Received client error (404) from primary: key not found"}),
            reply({"error": "Key 'x' not found"}),
            reply({"detail": "Received client error (404) from model: endpoint not found"}, 404),
            reply({"error": "container: endpoint of the tokenizer does not exist"}, 500),
        ],
    )
    def test_is_not_meant_where_a_model_has_run(self, service, side, said):
        query(service)
        side.answers[f"/endpoint/{NAME}/query"] = said
        assert failure(query, service).code == "model_failed"
        assert len(side.asked()) == 2


class TestAFailure:
    @pytest.mark.parametrize(
        ("said", "code"),
        [
            (reply({"error": "CUDA out of memory"}), "model_failed"),
            (reply([{"error": "in a list"}]), "model_failed"),
            (reply({"error": "ModelNotReadyException: loading"}), "model_not_ready"),
            (reply({"error": "ThrottlingException"}, 500), "model_not_ready"),
            (reply(b"<html>502 Bad Gateway</html>"), "model_failed"),
            (reply(b"{"), "model_failed"),
            (reply(b'[{"generated_text": "\xff"}]'), "model_failed"),
            (reply(b""), "model_failed"),
            (reply([]), "model_failed"),
            (reply({"detail": "invalid"}, 400), "model_failed"),
            (reply({"detail": "invalid"}, 422), "model_failed"),
            (reply({"message": "ModelError"}, 424), "model_failed"),
            (reply(b"Internal Server Error", 500), "model_failed"),
            (reply(b"", 302, Location="http://elsewhere.invalid/"), "model_failed"),
            (reply({}, 429), "model_not_ready"),
            (reply({}, 503), "model_unavailable"),
            (reply({}, 504), "model_timeout"),
            (reply({}, 408), "model_timeout"),
            (reply(b"x" * 300_000), "model_failed"),
        ],
    )
    def test_of_the_model_is_told_by_its_kind_and_asked_for_once(
        self, service, side, cache, said, code
    ):
        side.answers[f"/endpoint/{NAME}/query"] = said
        error = failure(query, service)
        assert (error.code, error.endpoint_name) == (code, NAME)
        assert len(side.asked()) == 1
        assert cache.kept == {}

    def test_keeps_the_body_but_does_not_repeat_it(self, service, side):
        words = "arn:aws:sagemaker:eu-west-1:123456789012 said \0 no"
        side.answers[f"/endpoint/{NAME}/query"] = reply({"error": words})
        error = failure(query, service)
        assert "123456789012" in error.raw
        assert "\0" not in error.raw
        assert "123456789012" not in error.message
        side.answers[f"/endpoint/{NAME}/query"] = reply(b"\xff\0html", 500)
        error = failure(query, service)
        assert error.raw == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}html"
        assert "500" in error.message

    @pytest.mark.parametrize(
        ("behave", "code"),
        [
            (lambda visit: visit.reset(), "model_failed"),
            (lambda visit: visit.close(), "model_failed"),
            (
                lambda visit: visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["),
                "model_failed",
            ),
            (lambda visit: visit.hang(), "model_timeout"),
            (lambda visit: visit.drip(b"H"), "model_timeout"),
        ],
    )
    def test_of_the_connection_asks_once_and_ends_in_time(self, service, side, behave, code):
        query(service)
        side.answers[f"/endpoint/{NAME}/query"] = behave
        started = time.monotonic()
        assert failure(query, service, seconds=0.5).code == code
        assert time.monotonic() - started < 0.5 + MARGIN
        assert len(side.asked()) == 2

    def test_of_a_slow_look_up_leaves_no_time_for_the_model(self, service, side):
        side.answers["/endpoints"] = lambda visit: visit.hang()
        assert failure(query, service, seconds=0.3).code == "model_timeout"
        assert failure(query, service, seconds=0).code == "model_timeout"
        assert side.asked() == []

    def test_of_nobody_there(self, cache):
        client = HttpClient(Remote(name="model service", url="http://127.0.0.1:1"))
        service = ModelService(client, cache, endpoint_cache_seconds=60)
        assert failure(query, service).code == "model_unavailable"
        assert failure(chat, service, "Where?").code == "model_unavailable"
        assert not service.health()


@pytest.mark.parametrize(
    ("said", "healthy"),
    [
        (always({"status": "healthy"}), True),
        (always({"status": "healthy", "version": "1"}), True),
        (always({"status": "starting"}), False),
        (always({"status": "healthy"}, 500), False),
        (always(b"<html>"), False),
    ],
)
def test_its_health(make, said, healthy):
    assert make(said).health() is healthy
