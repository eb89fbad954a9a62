"""The event log: everything that happened, in the transaction that did it, none missed."""

import re
import threading
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from app.db import db, transaction
from app.services import events
from app.utils import clock
from tests.crowd import fill
from tests.model_side import MODEL, Reply
from tests.world import created, problem

START = "0" * 32


def log(person, **query):
    return person.read("/events", **query)["items"]


def types(person, **query):
    return [event["type"] for event in log(person, **query)]


@pytest.fixture
def fresh(adam):
    """Read the log from where it is now; setting up the tables has written to it."""
    after = adam.read("/events", limit=1000)["next"]
    return lambda **query: log(adam, after=after, limit=1000, **query)


def test_setting_up_is_in_the_log(adam):
    made = log(adam)
    assert [event["type"] for event in made] == ["dimension.created"] * 5
    assert made[0]["data"]["name"] == "accuracy"
    assert made[0]["actor"] is None


def test_an_event_says_what_when_who_and_to_what(alice, fresh):
    interaction = alice.interaction(model_version="7", metadata={"project": "x"})
    (event,) = fresh()
    assert event == {
        "offset": event["offset"],
        "id": event["id"],
        "type": "start_conversation",
        "version": 1,
        "time": event["time"],
        "subject": f"interaction:{interaction['id']}",
        "actor": "alice",
        "data": {
            "id": interaction["id"],
            "model": {"id": MODEL, "version": "7", "metadata": {"project": "x"}},
            "messages": [],
        },
    }
    assert UUID(event["id"]).version == 7
    assert abs(datetime.fromisoformat(event["time"]) - clock.now()).total_seconds() < 60


def test_a_conversation_is_told_in_the_four_words_of_its_wire_form(alice, fresh):
    interaction = alice.interaction()
    path = f"/interactions/{interaction['id']}"
    exchange = created(alice.post(f"{path}/prompts", {"content": "Hello"}))
    alice.feedback(exchange["response"]["id"], rating="like", overall_comment="Nice.")
    alice.put(path, {"status": "completed"})
    told = [event for event in fresh() if "." not in event["type"]]
    assert [event["type"] for event in told] == [
        "start_conversation",
        "add_message",
        "add_message",
        "update_message",
        "end_conversation",
    ]
    _, question, answer, update, end = (event["data"] for event in told)
    shared = {"conversation_id": interaction["id"], "rating": "", "feedback": ""}
    assert question == {
        "id": exchange["prompt"]["id"],
        "role": "user",
        "content": "Hello",
        "timestamp": question["timestamp"],
        **shared,
    }
    assert answer == {
        "id": exchange["response"]["id"],
        "role": "assistant",
        "content": "You said: Hello",
        "timestamp": answer["timestamp"],
        **shared,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", question["timestamp"])
    assert {name: update[name] for name in ("id", "conversation_id", "rating", "feedback")} == {
        "id": exchange["response"]["id"],
        "conversation_id": interaction["id"],
        "rating": "like",
        "feedback": "Nice.",
    }
    assert end == {"id": interaction["id"], "status": "completed"}


def test_the_actor_of_an_answer_is_the_model(alice, fresh):
    alice.exchange()
    actors = [event["actor"] for event in fresh(type="add_message")]
    assert actors == ["alice", MODEL]


def test_everything_that_changes_something_is_in_the_log(alice, vera, adam, fresh, model_side):
    interaction = alice.interaction()
    path = f"/interactions/{interaction['id']}"
    exchange = created(alice.post(f"{path}/prompts", {"content": "Hello"}))
    model_side.query_reply = lambda _: Reply({"error": "no"}, status=500)
    problem(alice.post(f"{path}/prompts", {"content": "Hello?"}), 502)
    alice.put(path, {"title": "New"})
    alice.delete(f"{path}/memory")
    given = alice.feedback(exchange["response"]["id"], correction="Hi.")
    other = vera.feedback(exchange["response"]["id"], rating="dislike")
    vera.verdict(given["id"])
    adam.verdict(other["id"], is_valid=False)
    tone = created(adam.post("/dimensions", {"name": "tone"}))
    adam.put(f"/dimensions/{tone['id']}", {"weight": 2})
    assert [(event["type"], event["actor"]) for event in fresh()] == [
        ("start_conversation", "alice"),
        ("add_message", "alice"),
        ("add_message", MODEL),
        ("add_message", "alice"),
        ("response.failed", None),
        ("interaction.updated", "alice"),
        ("memory.cleared", "alice"),
        ("feedback.submitted", "alice"),
        ("feedback.submitted", "vera"),
        ("update_message", "vera"),
        ("feedback.validated", "vera"),
        ("dataset.entry_added", "vera"),
        ("feedback.rejected", "adam"),
        ("dimension.created", "adam"),
        ("dimension.updated", "adam"),
    ]


def test_reading_writes_nothing(alice, vera, fresh):
    interaction = alice.interaction()
    before = fresh()
    for path in (f"/interactions/{interaction['id']}", "/interactions", "/feedback/user"):
        alice.read(path)
    vera.read("/validation/stats")
    assert fresh() == before


def test_what_is_refused_leaves_no_event(alice, vera, fresh):
    given = alice.feedback()
    before = fresh()
    body = {"response_id": given["response_id"], "rating": "like"}
    problem(alice.post("/feedback", body), 409)
    problem(vera.post(f"/validation/feedback/{given['id']}", {}), 422)
    problem(alice.put(f"/interactions/{given['interaction_id']}", {"status": "x"}), 422)
    assert fresh() == before


def test_a_change_and_its_event_commit_together_or_not_at_all(app, alice, fresh, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("the log is full")

    monkeypatch.setattr(events, "record", broken)
    problem(alice.post("/interactions", {"model_id": MODEL}), 500, "internal")
    assert alice.read("/interactions")["items"] == []
    assert fresh() == []


def test_an_unchanged_thing_makes_no_event(alice, fresh):
    interaction = alice.interaction(title="Same")
    alice.put(f"/interactions/{interaction['id']}", {"title": "Same", "status": "active"})
    assert [event["type"] for event in fresh()] == ["start_conversation"]


def test_texts_are_joined_in_when_events_are_read(app, alice, fresh):
    exchange = alice.exchange("secret words")
    with app.app_context(), transaction() as session:
        stored = session.scalar(text("SELECT string_agg(data::text, ' ') FROM events"))
        assert "secret" not in stored
        session.execute(
            text("UPDATE prompts SET content = '' WHERE id = :id"),
            {"id": exchange["prompt"]["id"]},
        )
    question, answer = fresh(type="add_message")
    assert question["data"]["content"] == ""
    assert answer["data"]["content"] == "You said: secret words"


def test_a_reader_goes_on_from_next(alice, adam):
    for _ in range(3):
        alice.interaction()
    whole = log(adam, limit=1000)
    found, after = [], START
    while True:
        page = adam.read("/events", after=after, limit=3)
        if not page["items"]:
            break
        assert page["next"] == page["items"][-1]["offset"]
        found += page["items"]
        after = page["next"]
    assert found == whole
    assert page["next"] == after
    offsets = [event["offset"] for event in whole]
    assert offsets == sorted(set(offsets))


def test_an_empty_log_goes_on_from_its_start(app, adam):
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM events"))
    assert adam.read("/events") == {"items": [], "next": START}
    assert adam.read("/events", after=START)["next"] == START


def test_it_can_be_cut_by_type(alice, adam):
    alice.exchange()
    assert types(adam, type="start_conversation") == ["start_conversation"]
    assert types(adam, type="nothing.like-it") == []


def test_a_reader_misses_nothing_when_a_transaction_commits_late(app, alice, adam):
    before = adam.read("/events", limit=1000)["next"]
    with app.app_context():
        late = db.engine.connect()
    try:
        late.execute(
            text(
                "INSERT INTO events (id, type, subject, data)"
                " VALUES (uuidv7(), 'test.late', 'x', '{}')"
            )
        )
        alice.interaction()
        # The late one has the lower offset, so nobody is shown what came after it.
        while_open = adam.read("/events", after=before)
        assert while_open == {"items": [], "next": before}
        late.commit()
        told = adam.read("/events", after=while_open["next"])
    finally:
        late.close()
    assert [event["type"] for event in told["items"]] == ["test.late", "start_conversation"]


def test_transactions_are_in_the_order_of_their_numbers(app, adam):
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM events"))
        for number in ("100", "9", "99", "10"):
            session.execute(
                text(
                    "INSERT INTO events (id, transaction, type, subject, data)"
                    " VALUES (uuidv7(), CAST(:number AS xid8), 'test.order', :number, '{}')"
                ),
                {"number": number},
            )
    first = adam.read("/events", limit=2)
    rest = adam.read("/events", limit=2, after=first["next"])
    subjects = [event["subject"] for event in first["items"] + rest["items"]]
    assert subjects == ["9", "10", "99", "100"]


def test_what_was_rolled_back_holds_up_nobody(app, alice, adam):
    before = adam.read("/events", limit=1000)["next"]
    with app.app_context(), db.engine.connect() as lost:
        lost.execute(
            text(
                "INSERT INTO events (id, type, subject, data)"
                " VALUES (uuidv7(), 'test.lost', 'x', '{}')"
            )
        )
        alice.interaction()
        lost.rollback()
    assert types(adam, after=before) == ["start_conversation"]


def test_a_reader_and_many_writers_lose_and_repeat_nothing(app, adam, background):
    with app.app_context():
        engine = db.engine
    after = adam.read("/events", limit=1000)["next"]
    done = threading.Event()

    def write(number):
        with engine.connect() as connection:
            for turn in range(10):
                for part in range(2):
                    connection.execute(
                        text(
                            "INSERT INTO events (id, type, subject, data)"
                            " VALUES (uuidv7(), 'test.crowd', :subject, '{}')"
                        ),
                        {"subject": f"{number}-{turn}-{part}"},
                    )
                connection.commit()

    writers = [background(write, number) for number in range(3)]
    found = []
    while not done.is_set():
        if all(writer.done() for writer in writers):
            done.set()
        while (page := adam.read("/events", after=after, limit=7))["items"]:
            found += [event["subject"] for event in page["items"]]
            after = page["next"]
    for writer in writers:
        writer.result()
    assert len(found) == 60
    assert len(set(found)) == 60


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "5"}, "after"),
        ({"after": "x" * 32}, "after"),
        ({"after": "f" * 32}, "after"),
        ({"after": "0" * 65}, "after"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"type": ""}, "type"),
        ({"since": "1"}, "since"),
    ],
)
def test_what_does_not_fit_is_refused(adam, query, field):
    answer = adam.get("/events", query_string=query)
    assert problem(answer, 422, "invalid")["errors"].keys() == {field}


def test_a_page_holds_a_hundred_where_nothing_is_said_and_a_thousand_at_most(app, adam):
    fill(app, 1100)
    assert len(log(adam)) == 100
    assert len(log(adam, limit=1000)) == 1000


def test_users_and_validators_do_not_read_it(alice, vera):
    for person in (alice, vera):
        problem(person.get("/events"), 403, "forbidden")
