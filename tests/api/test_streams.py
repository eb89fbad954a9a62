"""Streams: an answer as it comes, whoever listens and however it ends."""

from tests.events import listen, text_of
from tests.model_side import Reply
from tests.talking import WHOLE, WORDS, ask, started
from tests.waiting import eventually
from tests.world import Person, created, problem


def test_an_answer_comes_token_by_token_and_is_stored(alice, chat, streams):
    heard = list(listen(ask(alice, chat)))
    assert [event.name for event in heard] == ["prompt", *["token"] * len(WORDS), "response"]
    assert [event.data["text"] for event in heard[1:-1]] == WORDS
    assert [event.data["index"] for event in heard[1:-1]] == [0, 1, 2, 3, 4]
    assert [event.last_id for event in heard[1:-1]] == ["0", "1", "2", "3", "4"]
    response = heard[-1].data
    assert (response["status"], response["content"]) == ("complete", WHOLE)
    assert response["first_token_ms"] is not None
    assert alice.read(f"/responses/{response['id']}") == response
    assert heard[0].data["response_id"] == response["id"]
    assert heard[0].data["prompt_id"] == heard[0].data["prompt"]["id"] == response["prompt_id"]


def test_tokens_are_there_before_the_answer_is_whole(alice, chat, streams, gate):
    streams("First", gate, " last")
    events = listen(ask(alice, chat))
    _, response = started(events)
    assert next(events).data["text"] == "First"
    assert alice.read(f"/responses/{response['id']}")["status"] in {"pending", "streaming"}
    eventually(lambda: alice.read(f"/responses/{response['id']}")["status"] == "streaming")
    gate.set()
    assert text_of(list(events)) == " last"


def test_the_accept_header_asks_for_a_stream_and_the_body_says_no(alice, chat, streams):
    headers = {"Accept": "text/event-stream"}
    accepted = alice.post(chat, {"message": "What is it?"}, headers=headers)
    assert text_of(list(listen(accepted))) == WHOLE
    refused = alice.post(chat, {"message": "And?", "stream": False}, headers=headers)
    assert created(refused)["response"]["content"] == WHOLE


def test_whatever_else_is_accepted_gets_json(alice, chat, streams):
    for accepted in ("*/*", "application/json", "application/json, text/event-stream;q=0.5"):
        body = {"message": "What is it?"}
        assert created(alice.post(chat, body, headers={"Accept": accepted}))


def test_a_prompt_streams_too(alice):
    path = f"/interactions/{alice.interaction()['id']}/prompts"
    heard = list(listen(alice.post(path, {"content": "Hello", "stream": True})))
    assert text_of(heard) == heard[-1].data["content"] == "You said: Hello"


def test_a_stream_is_refused_as_a_prompt_is(alice, bob, chat, streams):
    problem(ask(bob, chat), 404, "not_found")
    problem(alice.post(chat, {"message": "x", "stream": "yes"}), 422, "invalid")
    two = problem(alice.post(chat, {"message": "x", "stream": True, "n": 2}), 422, "invalid")
    assert list(two["errors"]) == ["n"]


def test_a_failure_before_the_first_token_is_an_error_event(alice, chat, model_side):
    model_side.chat_reply = lambda _: Reply({"detail": "no"}, status=500)
    events = listen(ask(alice, chat))
    _, response = started(events)
    (error,) = list(events)
    assert error.name == "error"
    assert (error.data["status"], error.data["code"]) == (502, "model_failed")
    assert error.data["response_id"] == response["id"]
    stored = alice.read(f"/responses/{response['id']}")
    assert (stored["status"], stored["content"]) == ("failed", None)


def test_an_answer_that_breaks_off_keeps_what_had_come(alice, vera, chat, streams):
    streams("Half an", " answer", ends=False)
    *_, error = listen(ask(alice, chat))
    assert (error.name, error.data["code"]) == ("error", "model_failed")
    stored = alice.read(f"/responses/{error.data['response_id']}")
    assert (stored["status"], stored["content"]) == ("failed", "Half an answer")
    assert stored["error"]["code"] == "model_failed"
    assert alice.feedback(stored["id"], rating="dislike")
    history = alice.read(chat.replace("/chat", "/history"))["messages"]
    assert [message["content"] for message in history] == ["What is it?", "Half an answer"]


def test_a_listener_who_goes_away_does_not_stop_the_recording(alice, chat, streams, gate):
    streams("First", gate, " and", " last")
    answer = ask(alice, chat)
    events = listen(answer)
    _, response = started(events)
    next(events)
    answer.close()
    gate.set()
    path = f"/responses/{response['id']}"
    stored = eventually(
        lambda: found if (found := alice.read(path))["status"] == "complete" else None
    )
    assert stored["content"] == "First and last"


def test_a_streamed_repeat_replays_and_asks_nobody(alice, chat, streams, model_side):
    key = {"Idempotency-Key": "k-1"}
    first = list(listen(ask(alice, chat, headers=key)))
    answer = ask(alice, chat, headers=key)
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert [event.data for event in listen(answer)] == [
        {**first[0].data, "response": first[-1].data},
        *[event.data for event in first[1:]],
    ]
    assert len(model_side.calls) == 1


def test_a_streamed_repeat_follows_what_is_under_way(app, alice, chat, streams, gate, model_side):
    key = {"Idempotency-Key": "k-2"}
    streams("First", gate, " last")
    events = listen(ask(alice, chat, headers=key))
    _, response = started(events)
    next(events)
    second = Person(app.test_client(), "alice", "user")
    repeated = listen(ask(second, chat, headers=key))
    assert started(repeated)[1]["id"] == response["id"]
    assert next(repeated).data["text"] == "First"
    gate.set()
    *_, last = events
    assert list(repeated)[-1].data == last.data
    assert len(model_side.calls) == 1


def test_a_streamed_repeat_after_a_failure_is_another_response(alice, chat, streams):
    key = {"Idempotency-Key": "k-3"}
    streams("Half", ends=False)
    *_, error = listen(ask(alice, chat, headers=key))
    streams(*WORDS)
    *_, response = listen(ask(alice, chat, headers=key))
    assert response.data["content"] == WHOLE
    assert response.data["prompt_id"] == error.data["prompt_id"]
    assert response.data["id"] != error.data["response_id"]


def test_several_answers_are_made_at_once(alice, chat, model_side):
    body = created(alice.post(chat, {"message": "Say it", "n": 3}))
    assert [one["content"] for one in body["responses"]] == ["You said: Say it"] * 3
    assert body["response"] == body["responses"][0]
    assert len({one["id"] for one in body["responses"]}) == 3
    assert len(model_side.calls) == 3
    assert "responses" not in created(alice.post(chat, {"message": "Once", "n": 1}))


def test_one_of_several_answers_may_fail(alice, chat, model_side):
    replies = iter([Reply({"detail": "no"}, status=500)])
    model_side.chat_reply = lambda _: (
        next(replies, None)
        or Reply({"choices": [{"message": {"content": "Yes"}, "finish_reason": "stop"}]})
    )
    body = created(alice.post(chat, {"message": "Say it", "n": 2}))
    assert sorted(one["status"] for one in body["responses"]) == ["complete", "failed"]


def test_a_repeat_gets_all_of_several_answers(alice, chat):
    key = {"Idempotency-Key": "k-4"}
    first = alice.post(chat, {"message": "Say it", "n": 2}, headers=key)
    again = alice.post(chat, {"message": "Say it", "n": 2}, headers=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first.json


def test_the_context_is_what_was_sent(alice, model_side):
    interaction = alice.interaction(system_prompt="Be brief.")
    path = f"/interactions/{interaction['id']}/chat"
    created(alice.post(path, {"message": "One"}))
    second = created(alice.post(path, {"message": "Two", "parameters": {"temperature": 0.5}}))
    context = alice.read(f"/responses/{second['response']['id']}/context")
    sent = model_side.calls[-1][1]
    assert context["messages"] == sent["messages"]
    assert context["parameters"] == {"temperature": 0.5}
    assert context["kind"] == "chat"
    assert [message["role"] for message in context["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


def test_the_context_of_a_prompt_is_its_question(alice, bob, vera):
    response = alice.exchange("Why?")["response"]
    path = f"/responses/{response['id']}/context"
    shown = alice.read(path)
    assert (shown["kind"], shown["content"], shown["messages"]) == ("query", "Why?", None)
    assert vera.read(path) == shown
    problem(bob.get(path), 404, "not_found")
