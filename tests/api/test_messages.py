"""Messages over HTTP: accepted with where the answer will be, and read oldest first."""

import pytest

from tests.model_side import MODEL, Reply
from tests.statements import statements
from tests.world import problem

FORM = {"id", "interaction_id", "role", "content", "created_at", "updated_at"}


@pytest.fixture
def here(alice):
    return f"/interactions/{alice.interaction()['id']}"


def test_a_message_is_accepted_with_where_its_answer_will_be(alice, here):
    accepted = alice.post(f"{here}/messages", {"content": "Hello"})
    assert accepted.status_code == 202
    body = accepted.json
    assert accepted.headers["Location"] == f"/jobs/{body['job_id']}"
    message = body["message"]
    assert message.keys() == FORM
    assert (message["role"], message["content"]) == ("user", "Hello")
    assert here.endswith(message["interaction_id"])
    assert body["response"]["id"] == body["response_id"]
    assert body["response"]["status"] == "pending"
    assert alice.read(f"/jobs/{body['job_id']}")["kind"] == "message"


@pytest.mark.parametrize("role", ["user", "Human", "human"])
def test_older_names_of_the_user_are_taken(alice, here, role):
    accepted = alice.post(f"{here}/messages", {"role": role, "content": "Hello"})
    assert accepted.json["message"]["role"] == "user"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": ""},
        {"content": 5},
        {"content": "Hello", "role": "system"},
        {"content": "Hello", "role": "assistant"},
        {"content": "Hello", "n": 2},
        {"content": "Hello", "stream": "yes"},
        {"content": "Hello", "parameters": {"temperature": "hot"}},
    ],
)
def test_what_is_no_message_is_refused(alice, here, body):
    problem(alice.post(f"{here}/messages", body), 422)
    assert alice.read(f"{here}/messages")["items"] == []


def test_nothing_is_said_in_a_conversation_that_has_ended(alice, here):
    alice.put(here, {"status": "completed"})
    problem(alice.post(f"{here}/messages", {"content": "Hello"}), 409, "interaction_ended")


def test_nothing_is_said_to_a_model_that_is_disabled(app, alice, here):
    from app.db import transaction  # noqa: PLC0415
    from app.models import ServedModel  # noqa: PLC0415

    with app.app_context(), transaction() as session:
        session.add(ServedModel(model_id=MODEL, provider="openai", enabled=False))
    problem(alice.post(f"{here}/messages", {"content": "Hello"}), 409, "model_not_served")
    assert alice.read(f"{here}/messages")["items"] == []


def test_the_same_key_with_another_body_is_refused(alice, here):
    headers = {"Idempotency-Key": "once"}
    first = alice.post(f"{here}/messages", {"content": "Hello"}, headers=headers)
    again = alice.post(f"{here}/messages", {"content": "Hello"}, headers=headers)
    assert (again.status_code, again.json) == (202, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = alice.post(f"{here}/messages", {"content": "Bye"}, headers=headers)
    problem(other, 422, "idempotency_key_reused")
    assert len(alice.read(f"{here}/messages")["items"]) == 1


def test_a_conversation_reads_as_messages_however_it_was_held(alice, here, model_side):
    alice.post(f"{here}/prompts", {"content": "One?"})
    alice.post(f"{here}/chat", {"message": "Two?"})
    model_side.chat_reply = lambda _: Reply({}, status=500)
    alice.post(f"{here}/chat", {"message": "Three?"})
    alice.post(f"{here}/messages", {"content": "Four?"})
    items = alice.read(f"{here}/messages")["items"]
    assert all(item.keys() == FORM for item in items)
    assert [(item["role"], item["content"]) for item in items] == [
        ("user", "One?"),
        ("assistant", "You said: One?"),
        ("user", "Two?"),
        ("assistant", "You said: Two?"),
        ("user", "Three?"),
        ("user", "Four?"),
    ]
    assert all(item["created_at"] <= item["updated_at"] for item in items)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_join_without_gap_or_overlap(alice, here, limit):
    for number in range(3):
        alice.post(f"{here}/chat", {"message": f"{number}"})
    whole = alice.read(f"{here}/messages")["items"]
    pages = list(alice.walk(f"{here}/messages", limit=limit))
    assert [item for page in pages for item in page] == whole
    assert len(whole) == 6
    assert max(map(len, pages)) == limit


def test_of_several_answers_one_is_read(alice, here):
    exchange = alice.post(f"{here}/chat", {"message": "Hello", "n": 3}).json
    read = alice.read(f"{here}/messages")["items"]
    assert [item["role"] for item in read] == ["user", "assistant"]
    assert read[1]["id"] in {one["id"] for one in exchange["responses"]}


def test_accepting_takes_few_statements(app, alice, here):
    with statements(app) as sent:
        assert alice.post(f"{here}/messages", {"content": "Hello"}).status_code == 202
    assert len(sent) <= 10, sent
