"""Streams: an answer as it comes, whoever listens and however it ends."""

import threading
from dataclasses import replace
from uuid import uuid4

import pytest

from app.clients.live import NoLive
from app.services.journal import Journal
from tests.events import listen, text_of
from tests.model_side import Reply
from tests.waiting import eventually
from tests.world import Person, created, problem

WORDS = ["Machine", " learning", " is", " großartig", "."]
WHOLE = "".join(WORDS)
PLAIN = {"choices": [{"message": {"content": WHOLE}, "finish_reason": "stop"}]}


@pytest.fixture
def gate():
    """Something that the model waits at; opened at the end in any case."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def streams(model_side):
    """Let the model stream these pieces to every chat message."""

    def choose(*pieces, **kind):
        def reply(body):
            return Reply({}, stream=list(pieces), **kind) if "stream" in body else Reply(PLAIN)

        model_side.chat_reply = reply

    choose(*WORDS)
    return choose


@pytest.fixture
def chat(alice):
    """Return the path of a new conversation's chat."""
    return f"/interactions/{alice.interaction()['id']}/chat"


def ask(person, path, **kwargs):
    return person.post(path, {"message": "What is it?", "stream": True}, **kwargs)


def started(events):
    """Return the prompt and response that a stream begins with."""
    first = next(events)
    assert first.name == "prompt"
    return first.data["prompt"], first.data["response"]


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


def test_a_listener_who_goes_away_cancels_where_the_settings_say_so(
    app, alice, chat, streams, gate, monkeypatch, model_side
):
    cancelling = replace(app.extensions["settings"], stream_on_disconnect="cancel")
    monkeypatch.setitem(app.extensions, "settings", cancelling)
    streams("First", gate, *[" more"] * 200_000)
    answer = ask(alice, chat)
    events = listen(answer)
    _, response = started(events)
    next(events)
    answer.close()
    stored = alice.read(f"/responses/{response['id']}")
    assert (stored["status"], stored["content"]) == ("cancelled", "First")
    gate.set()
    assert model_side.left.wait(20)


def test_cancelling_keeps_what_has_come(app, alice, chat, streams, gate, background):
    streams("First", " words", gate, *[" more"] * 1000)
    events = listen(ask(alice, chat))
    _, response = started(events)
    assert [next(events).data["text"] for _ in range(2)] == ["First", " words"]
    elsewhere = Person(app.test_client(), "alice", "user")
    asked = background(elsewhere.post, f"/responses/{response['id']}/cancel")
    gate.set()
    *_, last = events
    cancelled = asked.result()
    assert cancelled.status_code == 200
    assert last.name == "response"
    assert last.data == cancelled.json
    assert cancelled.json["status"] == "cancelled"
    assert cancelled.json["content"].startswith("First words")
    again = alice.post(f"/responses/{response['id']}/cancel")
    assert again.json == cancelled.json


def test_a_silent_model_does_not_keep_from_cancelling(app, alice, chat, streams, gate):
    streams("First", gate, " last")
    events = listen(ask(alice, chat))
    _, response = started(events)
    next(events)
    path = f"/responses/{response['id']}"
    eventually(lambda: alice.read(path)["status"] == "streaming")
    cancelled = alice.post(f"{path}/cancel").json
    assert (cancelled["status"], cancelled["content"]) == ("cancelled", "First")
    gate.set()
    assert list(events)[-1].data["status"] == "cancelled"
    assert alice.read(path) == cancelled


def test_an_answer_that_comes_whole_can_be_cancelled(
    app, alice, chat, model_side, gate, background
):
    model_side.chat_reply = lambda _: Reply({"choices": []}, gate=gate)
    asked = background(Person(app.test_client(), "alice", "user").post, chat, {"message": "Go on"})
    assert model_side.asked.wait(20)
    (_, pending) = alice.read(chat.replace("/chat", "/history"))["messages"]
    cancelled = alice.post(f"/responses/{pending['response_id']}/cancel").json
    assert (cancelled["status"], cancelled["content"]) == ("cancelled", None)
    gate.set()
    refused = problem(asked.result(), 409, "response_cancelled")
    assert refused["response_id"] == cancelled["id"]
    assert alice.read(f"/responses/{cancelled['id']}") == cancelled


def test_what_is_final_or_not_ones_own_cannot_be_cancelled(alice, bob, vera):
    path = f"/responses/{alice.response()['id']}/cancel"
    problem(alice.post(path), 409, "response_ended")
    problem(bob.post(path), 404, "not_found")
    problem(vera.post(path), 403, "forbidden")
    problem(alice.post(f"/responses/{uuid4()}/cancel"), 404, "not_found")


def test_a_key_for_cancelling_is_one(alice):
    path = f"/responses/{alice.response()['id']}/cancel"
    problem(alice.post(path, headers={"Idempotency-Key": "no key"}), 400, "malformed")


@pytest.fixture(params=["redis", "database"])
def carried(request, app, monkeypatch):
    """Carry tokens to followers through Redis, or let them read the database."""
    if request.param == "database":
        remotes = replace(app.extensions["remotes"], live=NoLive())
        monkeypatch.setitem(app.extensions, "remotes", remotes)
        journal = app.extensions["journal"]
        monkeypatch.setitem(app.extensions, "journal", Journal(journal._transactions, NoLive()))
    return request.param


def test_a_follower_misses_nothing(app, alice, chat, streams, gate, carried):
    streams("First", gate, *WORDS)
    events = listen(ask(alice, chat))
    _, response = started(events)
    next(events)
    follower = Person(app.test_client(), "alice", "user")
    followed = listen(follower.get(f"/responses/{response['id']}/stream"))
    assert started(followed)[1]["id"] == response["id"]
    assert next(followed).data == {"index": 0, "text": "First"}
    gate.set()
    rest, also = list(events), list(followed)
    assert text_of(rest) == text_of(also) == WHOLE
    assert rest[-1].data == also[-1].data


def test_a_follower_goes_on_behind_the_last_token(alice, chat, streams, carried):
    *_, last = listen(ask(alice, chat))
    path = f"/responses/{last.data['id']}/stream"
    heard = list(listen(alice.get(path, headers={"Last-Event-ID": "1"})))
    assert [event.data["text"] for event in heard[:-1]] == WORDS[2:]
    assert heard[-1].data == last.data
    (only,) = listen(alice.get(path, headers={"Last-Event-ID": "4"}))
    assert only.data == last.data


def test_the_durable_part_fills_what_redis_has_lost(app, alice, chat, streams):
    *_, last = listen(ask(alice, chat))
    app.extensions["remotes"].live._reading.redis.flushall()
    heard = list(listen(alice.get(f"/responses/{last.data['id']}/stream")))
    assert text_of(heard) == WHOLE


def test_a_follower_of_a_failed_answer_hears_what_came_and_why_no_more(alice, chat, streams):
    streams("Half", ends=False)
    *_, error = listen(ask(alice, chat))
    heard = list(listen(alice.get(f"/responses/{error.data['response_id']}/stream")))
    assert [event.name for event in heard] == ["prompt", "token", "error"]
    assert heard[-1].data["code"] == "model_failed"
    assert heard[-1].data["status"] == 502


def test_following_is_for_who_may_see_the_response(alice, bob, vera):
    path = f"/responses/{alice.response()['id']}/stream"
    problem(bob.get(path), 404, "not_found")
    assert [event.name for event in listen(vera.get(path))] == ["prompt", "response"]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "٣", "99999999", "9" * 5000, "1 2"])
def test_a_last_event_id_is_a_place(alice, last):
    path = f"/responses/{alice.response()['id']}/stream"
    problem(alice.get(path, headers={"Last-Event-ID": last.encode().decode("latin1")}), 400)


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
