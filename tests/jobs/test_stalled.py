"""The queue's own upkeep: jobs of dead workers are taken up again, old ones removed."""

import pytest
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

HELD = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE id = :id"
STATES = "SELECT id, status::text FROM procrastinate_jobs ORDER BY id"


@pytest.fixture
def held(alice, vera, told, sql):
    """Have a job in the hands of a worker that was silent for so many seconds."""

    def hold(silent_seconds):
        vera.verdict(alice.feedback()["id"])
        ((worker,),) = sql(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => :seconds)) RETURNING id",
            seconds=silent_seconds,
        )
        ((job,),) = sql("SELECT max(id) FROM procrastinate_jobs")
        # One person's jobs are held one at a time.
        sql("UPDATE procrastinate_jobs SET lock = NULL")
        sql(HELD, worker=worker, id=job)
        return job

    return hold


def test_the_job_of_a_dead_worker_is_done_by_another(told, held, defer, work, sql):
    job = held(31)
    retry = defer("queue.retry_stalled", timestamp=0)
    work()
    assert len(told.events) == 1
    assert sql(STATES) == [(job, "succeeded"), (retry, "succeeded")]


def test_the_job_of_a_living_worker_is_left_to_it(told, held, defer, work, sql):
    job = held(5)
    retry = defer("queue.retry_stalled", timestamp=0)
    work()
    assert told.events == []
    assert sql(STATES) == [(job, "doing"), (retry, "succeeded")]


def test_one_that_was_finished_just_now_harms_nothing(told, held, defer, work, sql, monkeypatch):
    job = held(31)
    stalled = JobManager.get_stalled_jobs

    async def finish_meanwhile(self, **kwargs):
        found = list(await stalled(self, **kwargs))
        sql("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = :id", id=job)
        assert [one.id for one in found] == [job]
        assert isinstance(found[0], Job)
        return found

    monkeypatch.setattr(JobManager, "get_stalled_jobs", finish_meanwhile)
    retry = defer("queue.retry_stalled", timestamp=0)
    work()
    assert told.events == []
    assert sql(STATES) == [(job, "succeeded"), (retry, "succeeded")]


def test_jobs_that_succeeded_long_ago_are_removed_and_failed_ones_stay(held, defer, work, sql):
    old, young, failed = (held(0) for _ in range(3))
    sql("UPDATE procrastinate_jobs SET status = 'succeeded'")
    sql("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = :id", id=failed)
    sql(
        "UPDATE procrastinate_events SET at = now() - interval '25 hours'"
        " WHERE job_id IN (:old, :failed)",
        old=old,
        failed=failed,
    )
    removal = defer("queue.remove_old", timestamp=0)
    work()
    assert sql(STATES) == [(young, "succeeded"), (failed, "failed"), (removal, "succeeded")]
