"""History: the messages of a conversation in order."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import Reply
from tests.world import created, problem


@pytest.fixture
def path(alice):
    interaction = alice.interaction(system_prompt="Be brief.")
    return f"/interactions/{interaction['id']}"


def talk(person, path, *words):
    return [created(person.post(f"{path}/chat", {"message": word})) for word in words]


def contents(messages):
    return [message["content"] for message in messages]


def test_a_new_conversation_has_no_messages(alice, path):
    assert alice.read(f"{path}/history") == {
        "interaction_id": path.split("/")[2],
        "messages": [],
        "next_cursor": None,
    }


def test_questions_and_answers_come_in_order_without_the_system_prompt(alice, path):
    first, _ = talk(alice, path, "one", "two")
    messages = alice.read(f"{path}/history")["messages"]
    assert contents(messages) == ["one", "You said: one", "two", "You said: two"]
    question, answer = messages[:2]
    assert question == {
        "id": first["prompt"]["id"],
        "role": "user",
        "content": "one",
        "created_at": first["prompt"]["created_at"],
        "prompt_id": first["prompt"]["id"],
        "response_id": None,
        "status": None,
        "rating": None,
        "pinned": False,
    }
    assert answer == {
        "id": first["response"]["id"],
        "role": "assistant",
        "content": "You said: one",
        "created_at": first["response"]["created_at"],
        "prompt_id": first["prompt"]["id"],
        "response_id": first["response"]["id"],
        "status": "complete",
        "rating": None,
        "pinned": False,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 7, 100])
def test_pages_of_any_size_hold_every_message_once(alice, path, limit):
    talk(alice, path, "one", "two", "three")
    whole = alice.read(f"{path}/history", limit=100)["messages"]
    pages = list(alice.walk(f"{path}/history", limit=limit))
    assert [message for page in pages for message in page] == whole
    assert len(whole) == 6
    assert {len(page) for page in pages[:-1]} <= {limit}


def test_pages_go_on_where_they_were_while_people_talk_on(alice, path):
    talk(alice, path, "one", "two")
    page = alice.read(f"{path}/history", limit=3)
    talk(alice, path, "three")
    rest = alice.read(f"{path}/history", cursor=page["next_cursor"])
    assert contents(page["messages"] + rest["messages"]) == [
        "one",
        "You said: one",
        "two",
        "You said: two",
        "three",
        "You said: three",
    ]


def test_a_rating_is_shown_to_who_gave_it(alice, vera, path):
    (exchange,) = talk(alice, path, "one")
    alice.feedback(exchange["response"]["id"], rating="like")
    vera.feedback(exchange["response"]["id"], rating="dislike")

    def ratings(person):
        return [message["rating"] for message in person.read(f"{path}/history")["messages"]]

    assert ratings(alice) == [None, "like"]
    assert ratings(vera) == [None, "dislike"]


def test_a_failed_answer_is_shown_as_such(alice, path, model_side):
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    told = problem(alice.post(f"{path}/chat", {"message": "lost"}), 502)
    question, answer = alice.read(f"{path}/history")["messages"]
    assert (question["content"], answer["content"]) == ("lost", "")
    assert (answer["status"], answer["id"]) == ("failed", told["response_id"])


def test_of_several_responses_to_a_prompt_the_newest_complete_one_is_shown(alice, path, model_side):
    key = {"Idempotency-Key": "again"}
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(alice.post(f"{path}/chat", {"message": "one"}, headers=key), 502)
    problem(alice.post(f"{path}/chat", {"message": "one"}, headers=key), 502)
    model_side.chat_reply = None
    exchange = created(alice.post(f"{path}/chat", {"message": "one"}, headers=key))
    _, answer = alice.read(f"{path}/history")["messages"]
    assert answer["id"] == exchange["response"]["id"]
    assert answer["status"] == "complete"
    assert alice.read(path)["message_count"] == 2


def test_validators_and_admins_read_it_and_others_do_not(alice, bob, vera, adam, path):
    talk(alice, path, "one")
    assert alice.read(f"{path}/history") == vera.read(f"{path}/history")
    assert alice.read(f"{path}/history") == adam.read(f"{path}/history")
    problem(bob.get(f"{path}/history"), 404, "not_found")
    problem(alice.get(f"/interactions/{uuid4()}/history"), 404, "not_found")


def test_a_question_that_has_no_answer_at_all_is_shown_alone(app, alice, path):
    talk(alice, path, "one")
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM responses"))
    assert contents(alice.read(f"{path}/history")["messages"]) == ["one"]
