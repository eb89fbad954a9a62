"""The official clients of OpenAI's, unchanged, against the service as it is served."""

import json
from uuid import uuid4

import pytest

from devstack import model_service
from devstack.model_service.deployment import MODEL_ID
from tests.model_side import MODEL, Reply
from tests.world import created, token

HELLO = {"role": "user", "content": "Hello"}
ASKED = {"model": MODEL, "messages": [HELLO]}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city":"Bern"}'},
}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


def text_of(answer):
    return answer["choices"][0]["message"]["content"]


def streamed(chunks):
    """Return the text of a stream."""
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


def events(*deltas, reason="stop"):
    """Let the model side stream these deltas."""
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    lines = [*map(json.dumps, chunks), "[DONE]"]
    text = "".join(f"data: {line}\n\n" for line in lines)
    return lambda _: Reply(text.encode(), content_type="text/event-stream")


def calling(_):
    message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    return Reply({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})


def test_an_answer_is_understood_and_can_be_rated(talker, alice):
    answer = talker.do("create", {**ASKED, "metadata": {"course": "101"}})
    assert text_of(answer) == "You said: Hello"
    assert answer["usage"]["total_tokens"] == 10
    response_id = answer["id"].removeprefix("chatcmpl-")
    assert answer["choices"][0]["response_id"] == response_id
    assert alice.feedback(response_id)["status"] == "pending"
    assert alice.read(f"/interactions/{answer['interaction_id']}")["metadata"] == {"course": "101"}


def test_a_conversation_goes_on_whole_and_streamed(talker, alice):
    known = talker.do("create", ASKED)["interaction_id"]
    more = {**ASKED, "metadata": {"interaction_id": known}}
    chunks = talker.do("stream", {**more, "stream_options": {"include_usage": True}})
    assert streamed(chunks) == "You said: Hello"
    assert {chunk["interaction_id"] for chunk in chunks} == {known}
    assert chunks[-1]["usage"]["total_tokens"] == 10
    assert alice.feedback(chunks[0]["id"].removeprefix("chatcmpl-"))["status"] == "pending"
    gathered = talker.do("gather", more)
    assert (text_of(gathered), gathered["interaction_id"]) == ("You said: Hello", known)
    assert len(alice.read(f"/interactions/{known}/history")["messages"]) == 6


def test_tools_are_called_and_answer(talker, model_side):
    model_side.chat_reply = calling
    choice = talker.do("create", {**ASKED, "tools": TOOLS})["choices"][0]
    assert (choice["finish_reason"], choice["message"]["tool_calls"]) == ("tool_calls", [CALL])
    model_side.chat_reply = None
    answer = {"role": "tool", "tool_call_id": "call_1", "content": "sun"}
    messages = [HELLO, choice["message"], answer]
    assert text_of(talker.do("create", {**ASKED, "messages": messages})) == "You said: sun"
    assert model_side.calls[-1][1]["messages"][1]["tool_calls"] == [CALL]


def test_tools_are_called_in_a_stream(talker, model_side):
    begun = {**CALL, "index": 0, "function": {"name": "weather", "arguments": '{"city"'}}
    rest = {"index": 0, "function": {"arguments": ':"Bern"}'}}
    model_side.chat_reply = events(
        {"role": "assistant", "content": None, "tool_calls": [begun]},
        {"tool_calls": [rest]},
        reason="tool_calls",
    )
    choice = talker.do("gather", {**ASKED, "tools": TOOLS})["choices"][0]
    (call,) = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], call["id"]) == ("tool_calls", "call_1")
    assert json.loads(call["function"]["arguments"]) == {"city": "Bern"}


def test_several_answers_are_told_apart(talker, alice):
    choices = talker.do("create", {**ASKED, "n": 3})["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2]
    for choice in choices:
        assert alice.feedback(choice["response_id"])["status"] == "pending"


def test_models_are_found(talker, adam):
    assert talker.do("models") == []
    created(adam.post("/models", {"model_id": MODEL, "provider": "model_service"}))
    (model,) = talker.do("models")
    assert (model["id"], model["object"]) == (MODEL, "model")
    assert talker.do("model", MODEL) == model


ABSENT = {"metadata": {"interaction_id": str(uuid4())}}
REFUSED = {
    "BadRequestError": ({"messages": []}, 400, "invalid", "messages"),
    "NotFoundError": (ABSENT, 404, "not_found", None),
}


def test_refusals_are_the_errors_they_should_be(talker):
    for name, (spoiled, status, code, param) in REFUSED.items():
        for verb in ("create", "stream"):
            error = talker.do(verb, {**ASKED, **spoiled})
            assert error.pop("request_id")
            assert error == {
                "error": name, "status": status, "code": code, "param": param,
                "type": "invalid_request_error",
            }  # fmt: skip
    error = talker.do("create", {**ASKED, "model": "nobody/it"})
    assert (error["error"], error["code"]) == ("NotFoundError", "model_not_found")


def test_who_is_not_known_or_may_not_learns_so(connect):
    stranger = connect("nobody").do("create", ASKED)
    assert (stranger["error"], stranger["status"]) == ("AuthenticationError", 401)
    assert stranger["type"] == "authentication_error"
    nobody = connect(token("vera", ["nothing"])).do("create", ASKED)
    assert (nobody["error"], nobody["status"]) == ("PermissionDeniedError", 403)


def test_who_asks_too_much_learns_so(connect, budget):
    error = connect(token(), retries=0).do("create", {**ASKED, "max_tokens": budget})
    assert (error["error"], error["status"]) == ("RateLimitError", 429)
    assert error["type"] == "rate_limit_error"


def test_a_failure_is_no_reason_to_ask_the_model_again(talker, model_side):
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    error = talker.do("create", ASKED)
    assert (error["error"], error["code"]) == ("InternalServerError", "model_failed")
    assert len(model_side.calls) == 1


def test_a_stream_that_breaks_off_is_an_error(talker, model_side):
    text = 'data: {"choices":[{"index":0,"delta":{"content":"It"}}]}\n\n'
    model_side.chat_reply = lambda _: Reply(text.encode(), content_type="text/event-stream")
    error = talker.do("stream", ASKED)
    assert (error["error"], error["code"]) == ("APIError", "model_failed")


@pytest.fixture(scope="session")
def local_model(tmp_path_factory):
    running = model_service.start(tmp_path_factory.mktemp("model_service"))
    yield running.url
    running.stop()


def test_a_real_model_answers_whole_and_streamed(talker, local_model, alice, adam):
    settings = {"url": local_model, "model": MODEL_ID}
    created(
        adam.post("/models", {"model_id": MODEL_ID, "provider": "openai", "settings": settings})
    )
    asked = {**ASKED, "model": MODEL_ID, "max_tokens": 8, "temperature": 0}
    answer = talker.do("create", asked)
    assert text_of(answer)
    assert answer["usage"]["completion_tokens"] <= 8
    assert answer["choices"][0]["finish_reason"] in {"length", "stop"}
    chunks = talker.do("stream", asked)
    assert streamed(chunks) == text_of(answer)
    assert len(chunks) > 3
    stored = alice.read(f"/responses/{chunks[0]['id'].removeprefix('chatcmpl-')}")
    assert (stored["status"], stored["content"]) == ("complete", text_of(answer))
