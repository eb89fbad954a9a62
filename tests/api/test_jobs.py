"""Jobs over HTTP: progress and result of background work, for whom it is done."""

from uuid import uuid4

import pytest

from app.db import transaction
from app.services import jobs
from tests.world import problem


@pytest.fixture
def job(app):
    """Make a job for alice, and change it by services within a transaction."""

    class Job:
        def __init__(self):
            self.id = self.do(jobs.create, kind="test.work", user_id="alice", total=4)

        def do(self, service, **arguments):
            with app.app_context(), transaction() as session:
                return service(session, **arguments)

    return Job()


def test_a_new_job_is_queued(alice, job):
    shown = alice.read(f"/jobs/{job.id}")
    assert shown == {
        "id": str(job.id),
        "kind": "test.work",
        "status": "queued",
        "progress": {"done": 0, "total": 4},
        "error": None,
        "result": None,
        "created_at": shown["created_at"],
        "started_at": None,
        "finished_at": None,
    }


def test_a_job_runs_and_succeeds_with_a_result(alice, job):
    job.do(jobs.start, job_id=job.id)
    running = alice.read(f"/jobs/{job.id}")
    assert (running["status"], running["finished_at"]) == ("running", None)
    assert running["started_at"]
    job.do(jobs.succeed, job_id=job.id, result={"rows": 4}, done=4)
    done = alice.read(f"/jobs/{job.id}")
    assert (done["status"], done["result"], done["error"]) == ("succeeded", {"rows": 4}, None)
    assert done["progress"] == {"done": 4, "total": 4}
    assert done["finished_at"] >= done["started_at"]


def test_a_job_that_failed_says_why_and_a_second_run_forgets_it(alice, job):
    job.do(jobs.start, job_id=job.id)
    job.do(jobs.fail, job_id=job.id, code="unavailable", message="nobody answered")
    failed = alice.read(f"/jobs/{job.id}")
    assert failed["status"] == "failed"
    assert failed["error"] == {"code": "unavailable", "message": "nobody answered"}
    assert failed["result"] is None
    job.do(jobs.start, job_id=job.id)
    assert alice.read(f"/jobs/{job.id}")["error"] is None


def test_a_job_is_for_whom_it_is_done_and_for_admins(alice, bob, vera, adam, job):
    assert adam.read(f"/jobs/{job.id}") == alice.read(f"/jobs/{job.id}")
    for person in (bob, vera):
        problem(person.get(f"/jobs/{job.id}"), 404, "not_found")
    problem(adam.get(f"/jobs/{uuid4()}"), 404, "not_found")


def test_a_job_for_nobody_is_for_admins(alice, adam, job):
    nobodys = job.do(jobs.create, kind="test.work", user_id=None)
    problem(alice.get(f"/jobs/{nobodys}"), 404, "not_found")
    assert adam.read(f"/jobs/{nobodys}")["progress"] == {"done": 0, "total": None}
