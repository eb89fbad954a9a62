"""Cancelling: what has come is kept, whoever records it, and however the model goes on."""

import threading
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from app.clients.live import NoLive
from app.db import transaction
from app.models import Response
from app.services import cancelling
from app.services.journal import Journal
from tests.events import listen, text_of
from tests.model_side import Reply
from tests.talking import PLAIN, ask, started
from tests.waiting import eventually
from tests.world import Person, created, problem


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


def test_a_repeat_under_its_key_is_given_the_same(app, alice, chat, streams, gate):
    streams("First", gate, " last")
    events = listen(ask(alice, chat))
    _, response = started(events)
    path, key = f"/responses/{response['id']}/cancel", {"Idempotency-Key": "stop-1"}
    elsewhere = Person(app.test_client(), "alice", "user")
    first = elsewhere.post(path, headers=key)
    gate.set()
    assert "Idempotent-Replayed" not in first.headers
    again = elsewhere.post(path, headers=key)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert "Idempotent-Replayed" not in elsewhere.post(path).headers


def test_a_refusal_is_kept_under_its_key_as_well(alice):
    path, key = f"/responses/{alice.response()['id']}/cancel", {"Idempotency-Key": "stop-2"}
    first, again = (alice.post(path, headers=key) for _ in range(2))
    assert problem(first, 409, "response_ended") == again.json
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_failure_of_a_whole_answer_after_its_end_says_that_it_was_cancelled(
    app, alice, chat, model_side, gate, background
):
    model_side.chat_reply = lambda _: Reply({"detail": "no"}, status=500, gate=gate)
    asked = background(Person(app.test_client(), "alice", "user").post, chat, {"message": "Go on"})
    assert model_side.asked.wait(20)
    (_, pending) = alice.read(chat.replace("/chat", "/history"))["messages"]
    cancelled = alice.post(f"/responses/{pending['response_id']}/cancel").json
    gate.set()
    problem(asked.result(), 409, "response_cancelled")
    assert alice.read(f"/responses/{cancelled['id']}") == cancelled


def test_an_answer_that_is_there_first_wins(
    app, alice, chat, model_side, gate, background, monkeypatch
):
    monkeypatch.setattr(cancelling, "_WAIT_SECONDS", 20.0)
    model_side.chat_reply = lambda _: Reply(PLAIN, gate=gate)
    asked = background(Person(app.test_client(), "alice", "user").post, chat, {"message": "Go on"})
    assert model_side.asked.wait(20)
    (_, pending) = alice.read(chat.replace("/chat", "/history"))["messages"]
    path = f"/responses/{pending['response_id']}"
    elsewhere = Person(app.test_client(), "alice", "user")
    cancelled = background(elsewhere.post, f"{path}/cancel")
    eventually(lambda: _is_unwanted(app, pending["response_id"]))
    gate.set()
    answer = created(asked.result())["response"]
    problem(cancelled.result(), 409, "response_ended")
    assert alice.read(path) == answer


def _is_unwanted(app, response_id):
    with app.app_context(), transaction() as session:
        return session.get_one(Response, UUID(response_id)).cancel_requested_at


@pytest.fixture
def another_node(app, monkeypatch):
    """Let another node than the one that records be asked from now on; it waits for nobody."""

    def choose():
        other = Journal(app.extensions["journal"]._transactions, NoLive())
        monkeypatch.setitem(app.extensions, "journal", other)
        monkeypatch.setattr(cancelling, "_WAIT_SECONDS", 0.0)

    return choose


def begun(person, chat):
    """Return what is left of a stream whose first token is written, and its response's path."""
    events = listen(ask(person, chat))
    path = f"/responses/{started(events)[1]['id']}"
    next(events)
    eventually(lambda: person.read(path)["status"] == "streaming")
    return events, path


def test_whoever_records_on_another_node_hears_of_it_with_its_next_write(
    alice, chat, streams, gate, another_node
):
    streams("First", gate, *[" more"] * 200_000)
    events, path = begun(alice, chat)
    another_node()
    cancelled = alice.post(f"{path}/cancel").json
    gate.set()
    *_, last = events
    assert last.data == cancelled
    assert (cancelled["status"], cancelled["content"]) == ("cancelled", "First")


def test_a_failure_after_the_end_is_none(alice, chat, streams, gate, another_node):
    streams("First", gate, ends=False)
    events, path = begun(alice, chat)
    another_node()
    cancelled = alice.post(f"{path}/cancel").json
    gate.set()
    (last,) = events
    assert (last.name, last.data) == ("response", cancelled)
    assert alice.read(path) == cancelled


class Away:
    """Transactions of a database that is away for the first few, and counts them."""

    def __init__(self, transactions, times, error):
        self.transactions, self.left, self.error = transactions, times, error
        self.failed = threading.Event()

    def __call__(self):
        if self.left:
            self.left -= 1
            self.failed.set()
            raise self.error
        return self.transactions()


def recorded_by(app, monkeypatch, error):
    """Let a journal record from now on whose first write fails."""
    away = Away(app.extensions["journal"]._transactions, 1, error)
    live = app.extensions["remotes"].live
    monkeypatch.setitem(app.extensions, "journal", Journal(away, live))
    return away


def test_tokens_are_written_once_the_database_is_back(app, alice, chat, streams, monkeypatch, gate):
    error = OperationalError("INSERT", {}, Exception("server closed the connection"))
    away = recorded_by(app, monkeypatch, error)
    streams("First", gate, " last")
    events = listen(ask(alice, chat))
    _, response = started(events)
    next(events)
    assert away.failed.wait(20)
    gate.set()
    assert list(events)[-1].data["content"] == "First last"
    followed = list(listen(alice.get(f"/responses/{response['id']}/stream")))
    assert text_of(followed) == "First last"


def test_a_fault_while_writing_tokens_loses_none(app, alice, chat, streams, monkeypatch, gate):
    away = recorded_by(app, monkeypatch, ZeroDivisionError("once"))
    streams("First", gate, " last")
    events = listen(ask(alice, chat))
    _, response = started(events)
    next(events)
    assert away.failed.wait(20)
    gate.set()
    assert list(events)[-1].data["content"] == "First last"
    app.extensions["remotes"].live._reading.redis.flushall()
    assert text_of(list(listen(alice.get(f"/responses/{response['id']}/stream")))) == "First last"
