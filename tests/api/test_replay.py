"""Replay: a conversation as it was at a moment."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL, Reply
from tests.world import created, problem

_MANY = """
INSERT INTO events (id, type, subject, interaction_id, data)
SELECT uuidv7(), 'interaction.updated', 'interaction:' || :id, CAST(:id AS uuid), '{}'
FROM generate_series(1, :number)
"""


@pytest.fixture
def story(alice):
    """Start a conversation, talk, rate, end it; return its path."""
    path = f"/interactions/{alice.interaction(metadata={'a': 1})['id']}"
    created(alice.post(f"{path}/chat", {"message": "one"}))
    second = created(alice.post(f"{path}/chat", {"message": "two"}))
    alice.feedback(second["response"]["id"], rating="like", overall_comment="Nice.")
    alice.put(path, {"title": "Counting", "status": "completed"})
    return path


def moments(adam):
    """Return the events of the one conversation there is."""
    log = adam.read("/events", limit=1000)["items"]
    return [event for event in log if "." not in event["type"]]


def said(replay):
    return [(message["role"], message["content"]) for message in replay["messages"]]


def test_without_a_moment_it_is_as_it_is_now(alice, story):
    replay = alice.read(f"{story}/replay")
    assert replay["id"] == story.rsplit("/", 1)[1]
    assert replay["status"] == "completed"
    assert replay["model"] == {"id": MODEL, "metadata": {"a": 1}}
    assert said(replay) == [
        ("user", "one"),
        ("assistant", "You said: one"),
        ("user", "two"),
        ("assistant", "You said: two"),
    ]
    assert [(message["rating"], message["feedback"]) for message in replay["messages"]] == [
        ("", ""),
        ("", ""),
        ("", ""),
        ("like", "Nice."),
    ]
    assert {message["conversation_id"] for message in replay["messages"]} == {replay["id"]}


def test_at_each_offset_it_holds_what_had_happened_by_then(alice, adam, story):
    start, *talk, rated, ended = moments(adam)
    counts = []
    for event in (start, *talk):
        replay = alice.read(f"{story}/replay", at=event["offset"])
        assert (replay["last"], replay["status"]) == (event["offset"], "active")
        counts.append(len(replay["messages"]))
    assert counts == [0, 1, 2, 3, 4]
    before = alice.read(f"{story}/replay", at=talk[-1]["offset"])["messages"][-1]
    after = alice.read(f"{story}/replay", at=rated["offset"])["messages"][-1]
    assert (before["rating"], after["rating"]) == ("", "like")
    assert alice.read(f"{story}/replay", at=ended["offset"])["status"] == "completed"


def test_at_each_time_it_holds_what_had_happened_by_then(alice, adam, story):
    for event in moments(adam):
        by_time = alice.read(f"{story}/replay", at=event["time"])
        assert by_time == alice.read(f"{story}/replay", at=event["offset"])


def test_a_time_may_be_in_any_zone_and_its_plus_unquoted(alice, adam, story):
    event = moments(adam)[2]
    expected = alice.read(f"{story}/replay", at=event["offset"])
    for written in (
        quote(event["time"]),
        event["time"],
        event["time"].replace("+00:00", "Z"),
    ):
        assert alice.read(f"{story}/replay?at={written}") == expected
    shifted = event["time"].replace("+00:00", "-00:00")
    assert alice.read(f"{story}/replay?at={shifted}") == expected


def test_before_the_beginning_there_is_nothing(alice, story):
    assert alice.read(f"{story}/replay", at="2020-01-01T00:00:00Z") == {
        "id": story.rsplit("/", 1)[1],
        "status": None,
        "model": None,
        "messages": [],
        "last": "0" * 32,
    }


def test_feedback_without_words_changes_no_message(alice, vera):
    exchange = alice.exchange()
    vera.feedback(exchange["response"]["id"], rating="dislike", overall_comment="Bad.")
    alice.feedback(exchange["response"]["id"], correction="Better.")
    path = f"/interactions/{exchange['prompt']['interaction_id']}/replay"
    message = alice.read(path)["messages"][-1]
    assert (message["rating"], message["feedback"]) == ("dislike", "Bad.")


def test_a_later_rating_leaves_an_earlier_comment(alice, vera):
    exchange = alice.exchange()
    alice.feedback(exchange["response"]["id"], overall_comment="First.")
    vera.feedback(exchange["response"]["id"], rating="like")
    path = f"/interactions/{exchange['prompt']['interaction_id']}/replay"
    message = alice.read(path)["messages"][-1]
    assert (message["rating"], message["feedback"]) == ("like", "First.")


def test_an_answer_that_failed_is_no_message(alice, model_side):
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    path = f"/interactions/{alice.interaction()['id']}"
    problem(alice.post(f"{path}/prompts", {"content": "lost"}), 502)
    assert said(alice.read(f"{path}/replay")) == [("user", "lost")]


def test_a_long_conversation_is_replayed_whole(app, alice):
    exchange = alice.exchange()
    interaction_id = exchange["prompt"]["interaction_id"]
    with app.app_context(), transaction() as session:
        session.execute(text(_MANY), {"id": interaction_id, "number": 1100})
    alice.put(f"/interactions/{interaction_id}", {"status": "completed"})
    replay = alice.read(f"/interactions/{interaction_id}/replay")
    assert replay["status"] == "completed"
    assert len(replay["messages"]) == 2


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-11-21T10:00:00",
        "2026-11-21",
        "1",
        "f" * 32,
        "2026-13-01T00:00:00Z",
    ],
)
def test_what_is_no_moment_is_refused(alice, story, moment):
    answer = alice.get(f"{story}/replay", query_string={"at": moment})
    assert problem(answer, 422, "invalid")["errors"].keys() == {"at"}


def test_who_may_see_the_conversation_may_see_it_as_it_was(alice, bob, vera, adam, story):
    expected = alice.read(f"{story}/replay")
    assert vera.read(f"{story}/replay") == adam.read(f"{story}/replay") == expected
    problem(bob.get(f"{story}/replay"), 404, "not_found")
    problem(alice.get(f"/interactions/{uuid4()}/replay"), 404, "not_found")
