"""Upkeep: what a crash left open is ended, and old keys are forgotten."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.clients.live import LiveTokens
from app.db import db
from tests.crowd import fill
from tests.events import listen, text_of
from tests.waiting import eventually
from tests.world import created


@pytest.fixture
def left_open(alice, sql):
    """Leave a response as a crash does, due so many seconds from now."""

    def leave(seconds, status="pending"):
        response = alice.response()
        sql(
            "UPDATE responses SET status = :status, content = NULL, completed_at = NULL,"
            " due_at = now() + make_interval(secs => :seconds) WHERE id = :id",
            id=response["id"],
            status=status,
            seconds=seconds,
        )
        return response["id"]

    return leave


def sweep(defer, work):
    defer("responses.end_overdue", timestamp=0)
    work()


@pytest.mark.parametrize("status", ["pending", "streaming"])
def test_a_response_that_is_overdue_is_ended(alice, adam, left_open, defer, work, status):
    response_id = left_open(-1, status)
    sweep(defer, work)
    ended = alice.read(f"/responses/{response_id}")
    assert ended["status"] == "failed"
    assert ended["error"] == {
        "code": "interrupted",
        "message": "the service stopped before the model's answer was stored",
    }
    assert ended["completed_at"]
    (event,) = adam.read("/events", type="response.failed")["items"]
    assert event["data"]["id"] == response_id
    assert (event["data"]["code"], event["actor"]) == ("interrupted", None)


@pytest.fixture
def told_live(app):
    """Tell followers of an answer's tokens as who recorded it did, before it was killed."""
    live = app.extensions["remotes"].live

    def tell(response_id, first, *texts):
        live.publish(LiveTokens(UUID(response_id), first, texts))
        behind = first + len(texts) - 1
        eventually(lambda: live.read(UUID(response_id), first=behind, seconds=0))

    return tell


KEPT = """INSERT INTO response_chunks (response_id, index, tokens)
VALUES (:id, 0, ARRAY['One', ' two'])"""


def test_what_only_followers_were_told_is_kept(alice, left_open, defer, work, sql, told_live):
    response_id = left_open(-1, "streaming")
    sql(KEPT, id=response_id)
    told_live(response_id, 1, " two", " three")
    told_live(response_id, 3, " four")
    sweep(defer, work)
    assert alice.read(f"/responses/{response_id}")["content"] == "One two three four"
    heard = list(listen(alice.get(f"/responses/{response_id}/stream")))
    assert text_of(heard) == "One two three four"
    assert [event.last_id for event in heard[1:-1]] == ["0", "1", "2", "3"]


def test_what_comes_after_a_gap_is_not(alice, left_open, defer, work, sql, told_live):
    response_id = left_open(-1, "streaming")
    sql(KEPT, id=response_id)
    told_live(response_id, 3, " four")
    sweep(defer, work)
    assert alice.read(f"/responses/{response_id}")["content"] == "One two"


def test_one_that_may_still_be_answered_is_left_alone(alice, left_open, defer, work):
    response_id = left_open(60)
    sweep(defer, work)
    assert alice.read(f"/responses/{response_id}")["status"] == "pending"


def test_what_has_ended_stays_as_it_ended(alice, defer, work, sql):
    response = alice.response()
    sql("UPDATE responses SET due_at = now() - interval '1 day'")
    sweep(defer, work)
    assert alice.read(f"/responses/{response['id']}") == response


def test_a_second_sweep_finds_nothing_more(adam, left_open, defer, work):
    left_open(-1)
    for _ in range(2):
        sweep(defer, work)
    assert len(adam.read("/events", type="response.failed")["items"]) == 1


def test_more_than_one_batch_is_ended_at_once(app, defer, work, sql):
    fill(app, 1100)
    sql("UPDATE responses SET status = 'pending', due_at = now() - interval '1 minute'")
    sweep(defer, work)
    assert sql("SELECT status, count(*) FROM responses GROUP BY status") == [("failed", 1100)]


def test_one_that_somebody_holds_is_left_for_the_next_sweep(app, alice, left_open, defer, work):
    held, free = left_open(-1), left_open(-1)
    with app.app_context(), db.engine.connect() as holder:
        holder.execute(text("SELECT 1 FROM responses WHERE id = :id FOR UPDATE"), {"id": held})
        sweep(defer, work)
        states = {one: alice.read(f"/responses/{one}")["status"] for one in (held, free)}
    assert states == {held: "pending", free: "failed"}
    sweep(defer, work)
    assert alice.read(f"/responses/{held}")["status"] == "failed"


def test_keys_are_forgotten_once_their_time_is_over(alice, defer, work, sql):
    for key in ("old", "young"):
        header = {"Idempotency-Key": key}
        created(alice.post("/interactions", {"model_id": "a/b"}, headers=header))
    sql(
        "UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 minute'"
        " WHERE key = 'old'"
    )
    defer("idempotency.forget", timestamp=0)
    work()
    assert sql("SELECT key FROM idempotency_keys") == [("young",)]


def test_more_than_one_batch_of_keys_is_forgotten_at_once(defer, work, sql):
    sql(
        "INSERT INTO idempotency_keys (caller, route, key, fingerprint, created_at)"
        " SELECT 'x', 'y', g::text, '', now() - interval '2 days' FROM generate_series(1, 1200) g"
    )
    defer("idempotency.forget", timestamp=0)
    work()
    assert sql("SELECT count(*) FROM idempotency_keys") == [(0,)]
