"""Jobs are put into the queue in the transaction that causes them."""

import pytest
from sqlalchemy import text

from app.clients.job_queue import PostgresJobQueue
from app.db import db, transaction
from app.utils import clock


@pytest.fixture
def jobs(app):
    """Return what waits in the queue."""

    def read():
        with app.app_context(), transaction() as session:
            query = "SELECT task_name, args, lock, queueing_lock FROM procrastinate_jobs"
            return [tuple(row) for row in session.execute(text(f"{query} ORDER BY id"))]

    return read


def defer(session, **more):
    PostgresJobQueue().defer(session, task="some.task", arguments={"n": 1}, **more)


def test_a_job_waits_from_the_commit_on(app, jobs):
    with app.app_context(), transaction() as session:
        defer(session, lock="one-by-one")
        assert jobs_seen_elsewhere() == 0
    assert jobs() == [("some.task", {"n": 1}, "one-by-one", None)]


def jobs_seen_elsewhere():
    with db.engine.connect() as other:
        return other.scalar(text("SELECT count(*) FROM procrastinate_jobs"))


def test_what_is_rolled_back_leaves_no_job(app, jobs):
    def fail():
        with transaction() as session:
            defer(session)
            raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        fail()
    assert jobs() == []


def test_one_that_waits_already_is_enough_and_the_transaction_goes_on(app, jobs):
    with app.app_context(), transaction() as session:
        defer(session, queueing_lock="once")
        defer(session, queueing_lock="once")
        defer(session)
    assert [row[3] for row in jobs()] == ["once", None]


def test_a_job_may_be_for_later(app):
    moment = clock.now()
    with app.app_context(), transaction() as session:
        defer(session, scheduled_at=moment)
        found = session.scalar(text("SELECT scheduled_at FROM procrastinate_jobs"))
    assert found == moment
