"""An answer that was paid for is stored, though the database goes away for a moment."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from app.services import endings
from tests.model_side import Reply
from tests.world import created, problem


class Flaky:
    """Lets a function fail so many times before it works again."""

    def __init__(self, function, times, error):
        self.function, self.left, self.error = function, times, error

    def __call__(self, *args, **kwargs):
        if self.left:
            self.left -= 1
            raise self.error
        return self.function(*args, **kwargs)


def away():
    return OperationalError("UPDATE", {}, Exception("server closed the connection"))


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction()['id']}"


@pytest.fixture
def fail(monkeypatch):
    def make(name, times, error):
        flaky = Flaky(getattr(endings, name), times, error)
        monkeypatch.setattr(endings, name, flaky)

    return make


def test_an_answer_is_stored_once_the_database_is_back(alice, path, model_side, fail):
    fail("complete", 2, away())
    response = created(alice.post(f"{path}/prompts", {"content": "Hello"}))["response"]
    assert response["content"] == "You said: Hello"
    assert alice.read(f"/responses/{response['id']}") == response
    assert len(model_side.calls) == 1


def test_a_failure_is_stored_once_the_database_is_back(alice, path, model_side, fail):
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    fail("fail", 2, away())
    told = problem(alice.post(f"{path}/prompts", {"content": "Hello"}), 502, "model_failed")
    assert alice.read(f"/responses/{told['response_id']}")["status"] == "failed"


def test_a_database_that_stays_away_is_said_with_what_is_stored(
    app, alice, path, fail, monkeypatch
):
    settings = replace(app.extensions["settings"], pending_grace_seconds=0.2)
    monkeypatch.setitem(app.extensions, "settings", settings)
    fail("complete", 1000, away())
    told = problem(alice.post(f"{path}/prompts", {"content": "Hello"}), 503, "unavailable")
    assert "before the answer was stored" in told["detail"]
    assert alice.read(f"/responses/{told['response_id']}")["status"] == "pending"
    question, _ = alice.read(f"{path}/history")["messages"]
    assert question["id"] == told["prompt_id"]


def test_a_fault_that_does_not_pass_is_not_tried_again(alice, path, fail):
    fail("complete", 1, ZeroDivisionError("once"))
    problem(alice.post(f"{path}/prompts", {"content": "Hello"}), 500, "internal")


def test_the_same_answer_stored_twice_is_one(alice, adam, path, monkeypatch):
    complete = endings.complete

    def committed_but_not_heard_of(session, **arguments):
        complete(session, **arguments)
        session.commit()
        monkeypatch.setattr(endings, "complete", complete)
        raise away()

    monkeypatch.setattr(endings, "complete", committed_but_not_heard_of)
    response = created(alice.post(f"{path}/prompts", {"content": "Hello"}))["response"]
    assert response["content"] == "You said: Hello"
    answers = [
        event
        for event in adam.read("/events", type="add_message")["items"]
        if event["data"]["role"] == "assistant"
    ]
    assert len(answers) == 1
