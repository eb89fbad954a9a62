"""A process that stops: what is still under way at the end is broken off, and on record."""

import pytest
from sqlalchemy import text

from app.db import transaction
from app.utils import stopping
from tests.events import listen, text_of
from tests.model_side import Reply
from tests.waiting import eventually
from tests.world import Person, created, problem

SOON = 0.05


@pytest.fixture(autouse=True)
def _go_on():
    yield
    stopping.forget()


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction()['id']}"


def state(person, response_id):
    found = person.read(f"/responses/{response_id}")
    return found["status"], found["content"], (found["error"] or {}).get("code")


@pytest.mark.parametrize("come", [[], ["Some", " words"]], ids=["nothing", "words"])
def test_a_stream_of_a_silent_model_is_broken_off(alice, path, model_side, gate, come):
    model_side.chat_reply = lambda _: Reply({}, stream=[*come, gate])
    events = listen(alice.post(f"{path}/chat", {"message": "Hello", "stream": True}))
    heard = [next(events) for _ in range(1 + len(come))]
    stopping.begin(SOON)
    heard += list(events)
    told = heard[-1]
    assert (told.name, told.data["status"], told.data["code"]) == ("error", 503, "interrupted")
    assert text_of(heard) == "".join(come)
    found = state(alice, told.data["response_id"])
    assert found == ("failed", "".join(come) or None, "interrupted")


def test_a_stream_that_never_pauses_is_broken_off(alice, path, model_side):
    model_side.chat_reply = lambda _: Reply({}, stream=["word "] * 50)
    events = listen(alice.post(f"{path}/chat", {"message": "Hello", "stream": True}))
    heard = [next(events), next(events)]
    stopping.begin(0)
    heard += list(events)
    assert (heard[-1].name, heard[-1].data["code"]) == ("error", "interrupted")
    status, content, code = state(alice, heard[-1].data["response_id"])
    assert (status, code) == ("failed", "interrupted")
    assert content == text_of(heard)


def test_a_question_that_waits_for_its_answer_is_broken_off(
    app, alice, path, model_side, gate, background
):
    model_side.query_reply = lambda _: Reply([{"generated_text": "Late."}], gate=gate)
    person = Person(app.test_client(), "alice", "user")
    asked = background(person.post, f"{path}/prompts", {"content": "Hello"})
    eventually(lambda: model_side.calls)
    stopping.begin(SOON)
    refused = asked.result(30)
    told = problem(refused, 503, "interrupted")
    assert int(refused.headers["Retry-After"]) >= 1
    assert state(alice, told["response_id"]) == ("failed", None, "interrupted")
    assert len(model_side.calls) == 1


def test_a_follower_of_an_answer_that_others_record_is_told_to_come_again(app, alice, path):
    response = created(alice.post(f"{path}/prompts", {"content": "Hello"}))["response"]
    with app.app_context(), transaction() as session:
        session.execute(
            text("UPDATE responses SET status = 'streaming', content = NULL WHERE id = :id"),
            {"id": response["id"]},
        )
    stopping.begin(0)
    heard = list(listen(alice.get(f"/responses/{response['id']}/stream")))
    assert (heard[-1].name, heard[-1].data["code"]) == ("error", "interrupted")
    assert state(alice, response["id"])[0] == "streaming"
