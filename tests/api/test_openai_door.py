"""The OpenAI door: chat completions in OpenAI's form, each recorded in an interaction."""

import json
import threading
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.authorisation.callers import api_key
from tests.model_side import MODEL, Reply
from tests.world import Person, created, problem

PATH = "/v1/chat/completions"
CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"a":1}'}}
]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
KEY = {"Idempotency-Key": "a-key"}
LATE = Reply({"choices": [{"index": 0, "message": {"role": "assistant", "content": "late"}}]})
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def said(content="Hello", role="user", **more):
    return {"role": role, "content": content, **more}


def request(*messages, **more):
    return {"model": MODEL, "messages": list(messages) or [said()], **more}


def ask(person, *messages, headers=None, **more):
    answer = person.post(PATH, request(*messages, **more), headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer


def refused(answer, status, code):
    """Return the error in OpenAI's form."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    error = answer.json["error"]
    assert error["code"] == code
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert {"message", "type", "param", "code"} <= error.keys()
    return error


def prompts(person, interaction_id):
    messages = person.read(f"/interactions/{interaction_id}/history")["messages"]
    return [one["content"] for one in messages if one["role"] == "user"]


def replies(*messages, usage=True, reason="stop"):
    """Let the model side answer with these messages, one after the other."""
    left = list(messages)

    def reply(_):
        choice = {"index": 0, "message": left.pop(0) if left[1:] else left[0]}
        counted = {"usage": {"prompt_tokens": 7, "completion_tokens": 3}} if usage else {}
        return Reply({"choices": [{**choice, "finish_reason": reason}], **counted})

    return reply


def events(*pieces, usage=True, reason="stop"):
    """Let the model side stream these deltas."""
    chunks = [{"choices": [{"index": 0, "delta": piece}]} for piece in pieces]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if usage:
        counted = {"prompt_tokens": 7, "completion_tokens": 3}
        chunks.append({"choices": [], "usage": counted})
    text = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"
    return lambda _: Reply(text.encode(), content_type="text/event-stream")


def chunks_of(answer):
    """Return the chunks of a stream that ended as it should."""
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream"), answer.text
    *told, end = [line for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert end == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in told]


def test_an_answer_is_in_openai_s_form_and_on_record(alice, model_side):
    answer = ask(alice, said("Be brief.", "system"), said("Why?"), temperature=0.5, seed=1)
    interaction_id, response_id = (
        answer.headers[name] for name in ("X-Interaction-ID", "X-Response-ID")
    )
    body = answer.json
    assert body == {
        "id": f"chatcmpl-{response_id}",
        "object": "chat.completion",
        "created": body["created"],
        "model": MODEL,
        "interaction_id": interaction_id,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "You said: Why?", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
                "response_id": response_id,
            }
        ],
        "usage": USAGE,
    }
    messages = [said("Be brief.", "system"), said("Why?")]
    sent = {"temperature": 0.5, "seed": 1}
    assert model_side.calls[-1][1] == {"model": MODEL, "messages": messages, **sent}
    context = alice.read(f"/responses/{response_id}/context")
    assert (context["messages"], context["parameters"]) == (messages, sent)
    assert alice.read(f"/responses/{response_id}")["content"] == "You said: Why?"
    assert prompts(alice, interaction_id) == ["Why?"]


def test_feedback_follows_by_the_id_that_came_back(alice):
    response_id = ask(alice).json["id"].removeprefix("chatcmpl-")
    assert alice.feedback(response_id)["response_id"] == response_id


@pytest.mark.parametrize("place", ["header", "metadata", "both"])
def test_a_conversation_is_continued_by_its_id(alice, place):
    known = ask(alice, said("one")).headers["X-Interaction-ID"]
    headers = {"X-Interaction-ID": known} if place != "metadata" else {}
    more = {"metadata": {"interaction_id": known}} if place != "header" else {}
    answer = ask(alice, said("one"), said("1", "assistant"), said("two"), headers=headers, **more)
    assert answer.headers["X-Interaction-ID"] == known
    assert prompts(alice, known) == ["one", "two"]


def test_two_calls_without_an_id_are_two_interactions(alice):
    first, second = (ask(alice).headers["X-Interaction-ID"] for _ in range(2))
    assert first != second


def test_metadata_is_kept_and_passed_on_without_the_id(alice, model_side):
    known = ask(alice, metadata={"course": "101"}).headers["X-Interaction-ID"]
    assert model_side.calls[-1][1]["metadata"] == {"course": "101"}
    assert alice.read(f"/interactions/{known}")["metadata"] == {"course": "101"}
    ask(alice, metadata={"interaction_id": known})
    assert "metadata" not in model_side.calls[-1][1]


def test_an_interaction_keeps_its_model(alice):
    known = alice.interaction(model_id="acme/another")["id"]
    answer = alice.post(PATH, request(), headers={"X-Interaction-ID": known})
    error = refused(answer, 400, "model_differs")
    assert (error["param"], error["type"]) == ("model", "invalid_request_error")
    assert "acme/another" in error["message"]


@pytest.mark.parametrize("known", ["x", "0199c0de", "{}"])
def test_a_header_that_names_no_interaction_is_refused(alice, known):
    refused(alice.post(PATH, request(), headers={"X-Interaction-ID": known}), 400, "invalid")


def test_two_different_interactions_in_one_call_are_refused(alice):
    body = request(metadata={"interaction_id": str(uuid4())})
    refused(alice.post(PATH, body, headers={"X-Interaction-ID": str(uuid4())}), 400, "invalid")


def test_interactions_of_others_are_as_good_as_none(alice, bob, vera):
    known = alice.interaction()["id"]
    absent = str(uuid4())
    found = [
        refused(bob.post(PATH, request(), headers={"X-Interaction-ID": one}), 404, "not_found")
        for one in (known, absent)
    ]
    assert found[0]["message"].replace(known, absent) == found[1]["message"]
    error = refused(vera.post(PATH, request(), headers={"X-Interaction-ID": known}), 403,
                    "not_owner")  # fmt: skip
    assert error["type"] == "permission_error"


def test_an_ended_interaction_takes_no_more_and_clients_need_not_try_again(alice):
    known = alice.interaction()["id"]
    alice.put(f"/interactions/{known}", {"status": "completed"})
    answer = alice.post(PATH, request(), headers={"X-Interaction-ID": known})
    refused(answer, 409, "interaction_ended")
    assert answer.headers["X-Should-Retry"] == "false"


def test_calls_of_tools_and_unknown_fields_pass_through_and_are_kept(alice, model_side):
    model_side.chat_reply = replies(
        {"role": "assistant", "content": None, "tool_calls": CALLS, "reasoning_content": "Hm."},
        reason="tool_calls",
    )
    more = {
        "tools": TOOLS,
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "response_format": {"type": "json_object"},
        "odd": {"a": [1, None]},
    }
    answer = ask(alice, said("Rain?", name="ann", odd=1), **more)
    (choice,) = answer.json["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"] == {
        "role": "assistant", "content": None, "refusal": None, "tool_calls": CALLS,
        "reasoning_content": "Hm.",
    }  # fmt: skip
    assert model_side.calls[-1][1] == {
        "model": MODEL, "messages": [said("Rain?", name="ann", odd=1)], **more,
    }  # fmt: skip

    model_side.chat_reply = replies(said("It rains.", "assistant"))
    messages = [
        said("Rain?"),
        {"role": "assistant", "tool_calls": CALLS},
        said("wet", "tool", tool_call_id="call_1"),
    ]
    known = answer.headers["X-Interaction-ID"]
    answer = ask(alice, *messages, headers={"X-Interaction-ID": known})
    assert prompts(alice, known) == ["Rain?", "wet"]
    context = alice.read(f"/responses/{answer.headers['X-Response-ID']}/context")
    assert context["messages"] == messages == model_side.calls[-1][1]["messages"]


@pytest.mark.parametrize(
    ("messages", "content"),
    [
        ([said([{"type": "text", "text": "What"}, {"type": "text", "text": "is it?"}])],
         "What\nis it?"),
        ([said([{"type": "image_url", "image_url": {"url": "data:,"}}])], "[image_url]"),
        ([said("Go", "system")], "Go"),
        ([said("one"), said("1", "assistant"), said("And so", "assistant")], "one"),
        ([said("one"), {"role": "assistant", "tool_calls": CALLS}], "one"),
        ([said(None)], ""),
        ([said("new", "developer"), said("x"), said("sum", "function", name="f")], "sum"),
    ],
)  # fmt: skip
def test_what_is_asked_last_is_the_question_on_record(alice, model_side, messages, content):
    answer = ask(alice, *messages)
    assert model_side.calls[-1][1]["messages"] == messages
    assert prompts(alice, answer.headers["X-Interaction-ID"]) == [content]


def test_several_answers_have_an_id_each_and_are_counted_together(alice, model_side):
    texts = [said(word, "assistant") for word in ("a", "b", "c")]
    model_side.chat_reply = replies(*texts)
    body = ask(alice, n=3).json
    assert "n" not in model_side.calls[-1][1]
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert {choice["message"]["content"] for choice in body["choices"]} == {"a", "b", "c"}
    assert body["usage"] == {"prompt_tokens": 21, "completion_tokens": 9, "total_tokens": 30}
    assert body["id"] == f"chatcmpl-{body['choices'][0]['response_id']}"
    for choice in body["choices"]:
        stored = alice.read(f"/responses/{choice['response_id']}")
        assert stored["content"] == choice["message"]["content"]


def test_answers_that_failed_are_not_among_several(alice, model_side):
    left = [Reply({"error": "no"}, status=500), *2 * [Reply({"choices": [
        {"index": 0, "message": said("fine", "assistant")}]})]]  # fmt: skip
    lock = threading.Lock()

    def reply(_):
        with lock:
            return left.pop(0)

    model_side.chat_reply = reply
    body = ask(alice, n=3).json
    assert [choice["index"] for choice in body["choices"]] == [0, 1]
    assert body["usage"] is None


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("eos_token", "stop"),
        ("max_tokens", "length"),
        (None, "stop"),
        ("odd", "stop"),
    ],
)
def test_the_reason_of_the_end_is_in_openai_s_words(alice, model_side, reason, told):
    model_side.chat_reply = replies(said("x", "assistant"), reason=reason)
    assert ask(alice).json["choices"][0]["finish_reason"] == told


def test_calls_of_tools_are_a_reason_where_none_was_given(alice, model_side):
    message = {"role": "assistant", "content": "", "tool_calls": CALLS}
    model_side.chat_reply = replies(message, reason=None)
    assert ask(alice).json["choices"][0]["finish_reason"] == "tool_calls"


def test_nulls_stand_for_what_is_not_said(alice, model_side):
    nothing = dict.fromkeys(
        ("stream", "stream_options", "n", "stop", "max_tokens", "temperature", "top_p", "tools",
         "tool_choice", "response_format", "user", "metadata", "seed")
    )  # fmt: skip
    answer = ask(alice, **nothing)
    assert answer.json["choices"][0]["message"]["content"] == "You said: Hello"


# Streams


def test_a_stream_is_chunks_in_openai_s_form_and_on_record(alice, model_side):
    model_side.chat_reply = events({"role": "assistant", "content": "It "}, {"content": "is."})
    answer = ask(alice, stream=True)
    interaction_id, response_id = (
        answer.headers[name] for name in ("X-Interaction-ID", "X-Response-ID")
    )
    told = chunks_of(answer)
    for chunk in told:
        assert chunk["id"] == f"chatcmpl-{response_id}"
        assert (chunk["object"], chunk["model"]) == ("chat.completion.chunk", MODEL)
        assert chunk["interaction_id"] == interaction_id
        assert "usage" not in chunk
    deltas = [chunk["choices"][0] for chunk in told]
    assert [one["delta"] for one in deltas] == [
        {"role": "assistant", "content": ""}, {"content": "It "}, {"content": "is."}, {},
    ]  # fmt: skip
    assert [one["finish_reason"] for one in deltas] == [None, None, None, "stop"]
    stored = alice.read(f"/responses/{response_id}")
    assert (stored["status"], stored["content"]) == ("complete", "It is.")
    assert stored["usage"] == {"prompt_tokens": 7, "completion_tokens": 3}


@pytest.mark.parametrize("counted", [True, False])
def test_a_stream_tells_its_tokens_where_that_is_wanted(alice, model_side, counted):
    model_side.chat_reply = events({"content": "x"}, usage=counted)
    *others, last = chunks_of(ask(alice, stream=True, stream_options={"include_usage": True}))
    assert {json.dumps(chunk["usage"]) for chunk in others} == {"null"}
    assert (last["choices"], last["usage"]) == ([], USAGE if counted else None)


def test_calls_of_tools_come_in_a_stream_as_well(alice, model_side):
    begun = {"index": 0, "id": "call_1", "type": "function",
             "function": {"name": "weather", "arguments": '{"a"'}}  # fmt: skip
    model_side.chat_reply = events(
        {"role": "assistant", "content": None, "tool_calls": [begun]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        reason="tool_calls",
    )
    told = chunks_of(ask(alice, stream=True))
    deltas = [chunk["choices"][0] for chunk in told]
    assert [one["delta"] for one in deltas] == [
        {"role": "assistant", "content": ""}, {"tool_calls": [{**CALLS[0], "index": 0}]}, {},
    ]  # fmt: skip
    assert deltas[-1]["finish_reason"] == "tool_calls"


def test_a_whole_answer_can_be_streamed(alice, model_side):
    model_side.chat_reply = replies({"role": "assistant", "content": "x", "function_call": {
        "name": "f", "arguments": "{}"}}, reason=None)  # fmt: skip
    told = chunks_of(ask(alice, stream=True))
    deltas = [chunk["choices"][0] for chunk in told]
    assert deltas[2]["delta"] == {"function_call": {"name": "f", "arguments": "{}"}}
    assert deltas[3]["finish_reason"] == "function_call"


def test_a_stream_that_fails_at_once_has_a_status_of_its_own(alice, model_side):
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    answer = alice.post(PATH, request(stream=True))
    error = refused(answer, 502, "model_failed")
    assert answer.headers["X-Should-Retry"] == "false"
    assert answer.headers["X-Interaction-ID"] == error["interaction_id"]
    assert answer.headers["X-Response-ID"] == error["response_id"]
    assert alice.read(f"/responses/{error['response_id']}")["status"] == "failed"


def test_a_stream_that_breaks_off_ends_with_an_error(alice, model_side):
    text = 'data: {"choices":[{"index":0,"delta":{"content":"It"}}]}\n\n'
    model_side.chat_reply = lambda _: Reply(text.encode(), content_type="text/event-stream")
    answer = ask(alice, stream=True)
    *_, last = [line for line in answer.text.split("\n\n") if line]
    error = json.loads(last.removeprefix("data: "))["error"]
    assert (error["code"], error["type"]) == ("model_failed", "server_error")
    stored = alice.read(f"/responses/{answer.headers['X-Response-ID']}")
    assert (stored["status"], stored["content"]) == ("failed", "It")


def test_one_answer_at_a_time_is_streamed(alice):
    assert refused(alice.post(PATH, request(stream=True, n=2)), 400, "invalid")["param"] == "n"


# Repeats


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("again", [False, True])
def test_a_repeat_with_the_same_key_is_the_first_answer(alice, model_side, first, again):
    headers = {"Idempotency-Key": "a-key"}
    message = {"role": "assistant", "content": "x", "tool_calls": CALLS}
    model_side.chat_reply = replies(message)
    body = request(stream=first)
    answer = alice.post(PATH, body, headers=headers)
    answer.get_data()
    repeat = alice.post(PATH, body, headers=headers)
    assert repeat.headers["Idempotent-Replayed"] == "true"
    for name in ("X-Interaction-ID", "X-Response-ID"):
        assert repeat.headers[name] == answer.headers[name]
    if not first:
        assert repeat.json == answer.json
    assert len(model_side.calls) == 1
    refused(alice.post(PATH, request(stream=again, seed=5), headers=headers), 400,
            "idempotency_key_reused")  # fmt: skip


def test_a_retry_after_a_failure_goes_on_with_the_same_prompt(alice, model_side):
    headers = {"Idempotency-Key": "a-key"}
    model_side.chat_reply = lambda _: Reply({"detail": "busy"}, status=503)
    answer = alice.post(PATH, request(), headers=headers)
    error = refused(answer, 503, "model_unavailable")
    assert "Retry-After" in answer.headers
    assert "X-Should-Retry" not in answer.headers
    model_side.chat_reply = None
    answer = ask(alice, headers=headers)
    assert answer.headers["X-Interaction-ID"] == error["interaction_id"]
    assert prompts(alice, error["interaction_id"]) == ["Hello"]
    assert len(alice.read("/interactions")["items"]) == 1


@pytest.fixture
def under_way(app, model_side, background):
    """Ask with a key, and leave the model to think; return how to let it answer."""
    gate = threading.Event()

    def ask_as_alice(more):
        alice = Person(app.test_client(), "alice", "user")
        answer = alice.post(PATH, request(**more), headers=KEY)
        answer.get_data()
        return answer

    def begin(reply, **more):
        model_side.chat_reply = lambda _: replace(reply, gate=gate)
        asked = background(lambda: ask_as_alice(more))
        assert model_side.asked.wait(10)
        return asked, gate

    yield begin
    gate.set()


def test_a_repeat_while_the_first_runs_may_be_tried_again(alice, under_way):
    asked, gate = under_way(LATE)
    answer = alice.post(PATH, request(), headers=KEY)
    refused(answer, 409, "idempotency_key_in_use")
    assert "X-Should-Retry" not in answer.headers
    gate.set()
    assert asked.result(10).json["choices"][0]["message"]["content"] == "late"
    assert len(alice.read("/interactions")["items"]) == 1


def test_a_streamed_repeat_follows_the_first(alice, under_way, model_side):
    asked, gate = under_way(LATE, stream=True)
    repeat = alice.post(PATH, request(stream=True), headers=KEY)
    gate.set()
    told = chunks_of(repeat)
    assert "late" in [chunk["choices"][0]["delta"].get("content") for chunk in told]
    assert "late" in asked.result(10).text
    assert len(model_side.calls) == 1


def test_a_streamed_repeat_learns_of_the_first_one_s_failure(alice, under_way):
    asked, gate = under_way(Reply({"error": "no"}, status=500), stream=True)
    repeat = alice.post(PATH, request(stream=True), headers=KEY)
    gate.set()
    assert '"code":"model_failed"' in repeat.text
    refused(asked.result(10), 502, "model_failed")


# Refusals


@pytest.mark.parametrize(
    ("spoiled", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"content": "x"}]}, "messages.0.role"),
        ({"messages": [said(5)]}, "messages.0.content"),
        ({"messages": [said([])]}, "messages.0.content"),
        ({"messages": [said([{"text": "x"}])]}, "messages.0.content.0.type"),
        ({"messages": [said(role="assistant", tool_calls=["x"])]}, "messages.0.tool_calls.0"),
        ({"messages": [said("x" * 1_000_001)]}, "messages.0.content"),
        ({"messages": [said()] * 2001}, "messages"),
        ({"stream": "true"}, "stream"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"n": 0}, "n"),
        ({"n": 9}, "n"),
        ({"n": True}, "n"),
        ({"temperature": "0.5"}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": 5}, "stop"),
        ({"stop": ["a", 5]}, "stop.1"),
        ({"tools": {}}, "tools"),
        ({"tool_choice": 1}, "tool_choice"),
        ({"metadata": []}, "metadata._schema"),
        ({"metadata": {"interaction_id": "x"}}, "metadata.interaction_id"),
        ({"metadata": {"a": "b" * 70_000}}, "metadata._schema"),
        ({"odd": {"__proto__": 1}}, "odd"),
        ({"odd": "\0"}, "odd"),
    ],
)
def test_what_does_not_fit_is_a_bad_request_that_names_the_field(alice, model_side, spoiled, param):
    error = refused(alice.post(PATH, {**request(), **spoiled}), 400, "invalid")
    assert (error["param"], error["type"]) == (param, "invalid_request_error")
    assert param in error["message"]
    assert model_side.calls == []
    assert alice.read("/interactions")["items"] == []


def test_what_cannot_be_read_is_a_bad_request(alice):
    answer = alice.post(PATH, None, data=b'{"a": NaN}', content_type="application/json")
    refused(answer, 400, "malformed")
    refused(alice.post(PATH, None, data=b"{}", content_type="text/plain"), 415,
            "unsupported_media_type")  # fmt: skip


def test_too_large_a_body_and_no_token_and_no_route_are_in_openai_s_form(client, alice, config):
    big = request(said("x" * config.max_body_bytes))
    refused(alice.post(PATH, big), 413, "too_large")
    answer = client.post(PATH, json=request())
    assert refused(answer, 401, "unauthenticated")["type"] == "authentication_error"
    refused(alice.get("/v1/nowhere"), 404, "not_found")
    refused(alice.get("/v1"), 404, "not_found")
    refused(alice.get(PATH), 405, "method_not_allowed")
    problem(alice.get("/v1x"), 404, "not_found")


def test_a_model_that_nobody_serves_is_not_found(alice):
    error = refused(alice.post(PATH, {**request(), "model": "nobody/it"}), 404, "model_not_found")
    assert alice.read(f"/responses/{error['response_id']}")["status"] == "failed"


def test_an_api_key_is_taken_as_bearer_here_and_nowhere_else(app, client):
    key = api_key(app, ["interactions:write", "interactions:read"])["X-API-Key"]
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post(PATH, json=request(), headers=headers)
    assert answer.status_code == 200
    owner = client.get(f"/interactions/{answer.headers['X-Interaction-ID']}",
                       headers={"X-API-Key": key}).json["user_id"]  # fmt: skip
    assert owner.startswith("service:")
    refused(client.post(PATH, json=request(), headers={"Authorization": "Bearer ifs_x"}), 401,
            "unauthenticated")  # fmt: skip
    problem(client.get("/interactions", headers=headers), 401)


def test_what_openai_s_form_does_not_know_sets_nothing_of_ours(alice):
    answer = ask(alice, user_id="bob", id=str(uuid4()), status="completed", sequence=9)
    made = alice.read(f"/interactions/{answer.headers['X-Interaction-ID']}")
    assert (made["user_id"], made["status"], made["message_count"]) == ("alice", "active", 2)


def test_the_service_s_own_memory_goes_on_where_the_door_left_off(alice, model_side):
    known = ask(alice, said("one")).headers["X-Interaction-ID"]
    created(alice.post(f"/interactions/{known}/chat", {"message": "two"}))
    assert [one["content"] for one in model_side.calls[-1][1]["messages"]] == [
        "one", "You said: one", "two",
    ]  # fmt: skip


# Models


def test_models_that_are_enabled_are_listed(alice, adam):
    for name, enabled in (("acme/b", True), ("acme/a", True), ("acme/off", False)):
        body = {"model_id": name, "provider": "model_service", "enabled": enabled}
        created(adam.post("/models", body))
    listed = alice.read("/v1/models")
    assert listed["object"] == "list"
    assert [one["id"] for one in listed["data"]] == ["acme/a", "acme/b"]
    assert alice.read("/v1/models/acme/a") == listed["data"][0]
    assert alice.read("/v1/models/acme%2Fa")["owned_by"] == "model_service"
    refused(alice.get("/v1/models/acme/off"), 404, "model_not_found")
    refused(alice.get("/v1/models/acme/none"), 404, "not_found")
    refused(alice.get("/v1/models/a//b"), 400, "invalid")
