"""Telling the User Profile Service: deferred with the verdict, told in order, tried again."""

import pytest

from app.services import contributions
from tests.scene import failed_job
from tests.world import problem

QUEUED = "SELECT status::text, attempts, scheduled_at > now() FROM procrastinate_jobs ORDER BY id"


def test_a_verdict_is_told_to_the_author(alice, vera, told, work, sql):
    given = alice.feedback()
    vera.verdict(given["id"])
    ((job_id,),) = sql("SELECT id FROM jobs")
    assert alice.read(f"/jobs/{job_id}")["status"] == "queued"
    work()
    event = {
        "id": str(job_id),
        "type": "feedback.validated",
        "user_id": "alice",
        "feedback_id": given["id"],
        "points": 10,
        "level": "newcomer",
    }
    assert told.events == [("alice", event)]
    job = alice.read(f"/jobs/{job_id}")
    assert (job["kind"], job["status"]) == ("contributions.tell", "succeeded")
    assert job["result"] == {"told": "feedback.validated"}
    assert job["progress"] == {"done": 1, "total": 1}
    assert job["started_at"] <= job["finished_at"]


def test_what_was_deferred_before_there_were_points_says_nothing_of_them(app, adam, told, work):
    job_id = failed_job(app, "alice")
    assert adam.post(f"/jobs/{job_id}/retry").status_code == 202
    work()
    assert [event.keys() for _, event in told.events] == [{"id", "type", "user_id", "feedback_id"}]


def test_a_rejection_is_told_as_well(alice, vera, told, work):
    vera.verdict(alice.feedback()["id"], is_valid=False)
    work()
    assert [event["type"] for _, event in told.events] == ["feedback.rejected"]


def test_it_is_told_once_however_often_workers_run(alice, vera, told, work):
    vera.verdict(alice.feedback()["id"])
    for _ in range(3):
        work()
    assert len(told.events) == 1


def test_what_is_not_committed_is_not_told(alice, vera, told, work, sql, monkeypatch):
    given = alice.feedback()
    tell_later = contributions.tell_later

    def fail_afterwards(*args, **kwargs):
        tell_later(*args, **kwargs)
        raise RuntimeError("before the commit")

    monkeypatch.setattr(contributions, "tell_later", fail_afterwards)
    answer = vera.post(f"/validation/feedback/{given['id']}", {"is_valid": True})
    problem(answer, 500, "internal")
    work()
    assert told.events == []
    assert sql("SELECT 1 FROM jobs UNION ALL SELECT 1 FROM procrastinate_jobs") == []
    assert alice.read(f"/feedback/{given['id']}")["status"] == "pending"


def test_a_service_that_does_not_listen_is_told_later(alice, vera, told, work, sql):
    told.listens = False
    vera.verdict(alice.feedback()["id"])
    work()
    ((job_id,),) = sql("SELECT id FROM jobs")
    failed = alice.read(f"/jobs/{job_id}")
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == "unavailable"
    assert sql(QUEUED) == [("todo", 1, True)]
    told.listens = True
    sql("UPDATE procrastinate_jobs SET scheduled_at = now()")
    work()
    assert [event["id"] for _, event in told.events] == [str(job_id)]
    job = alice.read(f"/jobs/{job_id}")
    assert (job["status"], job["error"]) == ("succeeded", None)


def test_a_service_that_never_listens_is_given_up_after_six_tries(alice, vera, told, work, sql):
    told.listens = False
    vera.verdict(alice.feedback()["id"])
    for _ in range(8):
        sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        work()
    assert sql("SELECT status::text, attempts FROM procrastinate_jobs") == [("failed", 6)]


def test_what_was_given_up_is_told_once_an_admin_retries_it(alice, adam, vera, told, work, sql):
    told.listens = False
    vera.verdict(alice.feedback()["id"])
    for _ in range(6):
        sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        work()
    ((job_id,),) = sql("SELECT id FROM jobs WHERE status = 'failed'")
    told.listens = True
    assert adam.post(f"/jobs/{job_id}/retry").status_code == 202
    work()
    assert [event["id"] for _, event in told.events] == [str(job_id)]
    assert alice.read(f"/jobs/{job_id}")["status"] == "succeeded"


def test_a_retry_of_what_the_queue_tries_again_itself_tells_once(
    alice, adam, vera, told, work, sql
):
    told.listens = False
    vera.verdict(alice.feedback()["id"])
    work()
    ((job_id,),) = sql("SELECT id FROM jobs")
    assert adam.post(f"/jobs/{job_id}/retry").status_code == 202
    told.listens = True
    sql("UPDATE procrastinate_jobs SET scheduled_at = now()")
    work()
    assert len(told.events) == 1
    assert sql("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'") == [(2,)]
    assert alice.read(f"/jobs/{job_id}")["status"] == "succeeded"


def test_one_person_is_told_in_the_order_it_happened(alice, vera, told, work, sql):
    told.listens = False
    first, second = alice.feedback(), alice.feedback()
    vera.verdict(first["id"])
    vera.verdict(second["id"], is_valid=False)
    work()
    assert sql(QUEUED) == [("todo", 1, True), ("todo", 0, None)]
    told.listens = True
    sql("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE attempts = 1")
    work()
    assert [event["feedback_id"] for _, event in told.events] == [first["id"], second["id"]]


def test_others_do_not_wait_for_it(alice, bob, vera, told, work):
    told.listens = False
    vera.verdict(alice.feedback()["id"])
    work()
    told.listens = True
    vera.verdict(bob.feedback()["id"])
    work()
    assert [user for user, _ in told.events] == ["bob"]


@pytest.mark.usefixtures("app")
def test_where_there_is_no_such_service_nothing_is_deferred(alice, vera, sql):
    vera.verdict(alice.feedback()["id"])
    assert sql("SELECT 1 FROM jobs UNION ALL SELECT 1 FROM procrastinate_jobs") == []
