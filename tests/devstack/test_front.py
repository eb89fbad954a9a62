"""The front of the local Model Service, with an engine that does as it is told."""

import json

import pytest

from devstack.model_service.deployment import CONTEXT_TOKENS, MODEL_ID, Deployment
from devstack.model_service.engine import EngineError, Piece
from devstack.model_service.front import create_front
from devstack.model_service.variants import variant

NAME = "HuggingFaceTB--SmolLM2-135M-Instruct-0123abcd-202601020304"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "more": 1}
CHAT = {
    "model": MODEL_ID,
    "messages": [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "yes?"},
        {"role": "user", "content": "last"},
        {"role": "assistant", "content": "ending on us"},
    ],
}


class FakeEngine:
    def __init__(self):
        self.status = "InService"
        self.pieces = [Piece("Hel"), Piece("lo"), Piece(finish="stop", usage=USAGE)]
        self.asked = []

    def answer(self, ask):
        self.asked.append(ask)
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def a(engine):
    return client(engine, "a")


@pytest.fixture
def b(engine):
    return client(engine, "b")


def client(engine, name):
    deployment = Deployment(endpoint=NAME, made_at="2026-01-02T03:04:05+00:00")
    return create_front(engine, deployment, variant(name)).test_client()


def events(response):
    lines = [line for line in response.text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    return [line.removeprefix("data: ") for line in lines]


@pytest.mark.parametrize("status", ["Creating", "InService", "Failed"])
def test_the_status_of_the_model_is_the_endpoints(a, b, engine, status):
    engine.status = status
    assert a.get("/endpoints").json["endpoints"][0]["status"] == status
    assert b.get("/endpoints").json["endpoints"][0]["EndpointStatus"] == status
    assert a.get(f"/endpoint/{NAME}").json["status"] == status


def test_variant_a_has_its_form(a):
    assert a.get("/health").json == {"status": "healthy"}
    assert a.get("/endpoints").json == {
        "endpoints": [
            {
                "endpointName": NAME,
                "status": "InService",
                "instanceType": "local.cpu",
                "creationTime": "2026-01-02T03:04:05+00:00",
            }
        ]
    }
    assert a.get(f"/endpoint/{NAME}").json == {
        "models": [{"id": "HuggingFaceTB", "version": "1.0"}],
        "endpointName": NAME,
        "status": "InService",
    }
    assert a.get(f"/models/validate/{MODEL_ID}").json["valid"] is False
    assert a.get("/models/validate/HuggingFaceTB").json == {
        "valid": True,
        "endpoint_name": NAME,
    }


def test_variant_b_has_its_form(b):
    assert b.get("/health").json == {"status": "healthy", "version": "1.0.0"}
    listed = b.get("/endpoints").json
    assert listed["status"] == "success"
    assert set(listed["endpoints"][0]) == {
        "EndpointName",
        "EndpointArn",
        "CreationTime",
        "LastModifiedTime",
        "EndpointStatus",
        "InstanceType",
    }
    found = b.get(f"/endpoint/{NAME}").json
    assert set(found) == {"deployment", "models"}
    assert found["models"][0]["id"] == MODEL_ID
    assert b.get(f"/models/validate/{MODEL_ID}").status_code == 404


@pytest.mark.parametrize("name", ["a", "b"])
def test_only_the_configuration_tells_the_whole_id_and_task(engine, name):
    found = client(engine, name).get(f"/config/{NAME}").json
    assert found["deployment"]["endpoint_name"] == NAME
    assert found["models"][0]["id"] == MODEL_ID
    assert found["models"][0]["task"] == "text-generation"
    assert found["models"][0]["context_tokens"] == CONTEXT_TOKENS
    assert client(engine, name).get("/config/other").status_code == 404


def test_an_unknown_endpoint_is_a_200_in_a_and_a_404_in_b(a, b):
    for answer in (
        a.get("/endpoint/other"),
        a.post("/endpoint/other/query", json={"query": "q"}),
    ):
        assert answer.status_code == 200
        assert "other" in answer.json["error"]
    for answer in (
        b.get("/endpoint/other"),
        b.post("/endpoint/other/query", json={"query": "q"}),
    ):
        assert answer.status_code == 404
        assert "other" in answer.json["detail"]


def test_a_failing_model_is_a_200_in_a_and_has_its_status_in_b(a, b, engine):
    engine.pieces = [EngineError("too long", 400)]
    body = {"query": "q"}
    told = a.post(f"/endpoint/{NAME}/query", json=body)
    assert (told.status_code, told.json) == (200, {"error": "too long"})
    told = b.post(f"/endpoint/{NAME}/query", json=body)
    assert (told.status_code, told.json) == (400, {"detail": "too long"})


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_query_answers_a_list_of_generated_texts(engine, name):
    answer = client(engine, name).post(f"/endpoint/{NAME}/query", json={"query": "q"})
    assert answer.json == [{"generated_text": "Hello"}]


def test_a_chat_in_b_hears_everything_and_counts(b, engine):
    body = b.post("/chat/completions", json=CHAT).json
    assert engine.asked[0].messages == CHAT["messages"]
    assert body["object"] == "chat.completion"
    assert body["model"] == MODEL_ID
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello"},
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "total_tokens": 5,
    }


def test_a_chat_in_a_hears_the_last_message_and_answers_in_python(a, engine):
    body = a.post("/chat/completions", json=CHAT).json
    assert engine.asked[0].messages == [{"role": "user", "content": "last"}]
    content = body["choices"][0]["message"]["content"]
    assert content == "[{'generated_text': 'Hello'}]"
    assert "usage" not in body


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_chat_with_another_model_finds_none(engine, name):
    answer = client(engine, name).post("/chat/completions", json={**CHAT, "model": "gpt2"})
    assert answer.status_code == 404
    assert answer.json == {"detail": "Model not deployed"}


def test_a_stream_is_chunks_and_an_end(b):
    answer = b.post("/chat/completions", json={**CHAT, "stream": True})
    assert answer.mimetype == "text/event-stream"
    *chunks, end = events(answer)
    assert end == "[DONE]"
    bodies = [json.loads(chunk) for chunk in chunks]
    assert {body["object"] for body in bodies} == {"chat.completion.chunk"}
    assert len({body["id"] for body in bodies}) == 1
    choices = [body["choices"][0] for body in bodies]
    assert "".join(one["delta"].get("content", "") for one in choices) == "Hello"
    assert choices[-1]["finish_reason"] == "stop"


def test_a_stream_ends_with_usage_when_asked(b):
    body = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
    *_, usage, _end = events(b.post("/chat/completions", json=body))
    assert json.loads(usage)["choices"] == []
    assert json.loads(usage)["usage"]["total_tokens"] == 5


def test_a_stream_refused_at_once_has_its_status(b, engine):
    engine.pieces = [EngineError("busy", 503)]
    answer = b.post("/chat/completions", json={**CHAT, "stream": True})
    assert (answer.status_code, answer.json) == (503, {"detail": "busy"})


def test_a_stream_that_breaks_says_so_and_does_not_end_well(b, engine):
    engine.pieces = [Piece("Hel"), EngineError("broken")]
    *_, last = events(b.post("/chat/completions", json={**CHAT, "stream": True}))
    assert json.loads(last)["error"]["message"] == "broken"


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("body", ["", "{", "[]", "1", "[" * 100_000, "\ud800"])
@pytest.mark.parametrize("path", [f"/endpoint/{NAME}/query", "/chat/completions"])
def test_a_body_that_is_none_is_a_422(engine, name, body, path):
    sent = body.encode("utf-8", "surrogatepass")
    answer = client(engine, name).post(path, data=sent)
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["body"]
    assert engine.asked == []


def test_what_is_not_there_is_told_as_json(b):
    assert b.get("/nothing").json == {"detail": "Not Found"}
    assert b.delete("/health").status_code == 405
