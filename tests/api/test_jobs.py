"""Jobs over HTTP: progress and result of background work, for whom it is done."""

from uuid import uuid4

import pytest

from app.db import transaction
from app.services import jobs
from tests.scene import failed_job
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
        "user_id": "alice",
        "status": "queued",
        "attempts": 0,
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


def test_admins_see_everybody_s_jobs_newest_first_page_by_page(adam, job):
    others = [job.do(jobs.create, kind="test.work", user_id=None) for _ in range(4)]
    newest_first = [str(one) for one in [*reversed(others), job.id]]
    pages = list(adam.walk("/jobs", limit=2))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [item["id"] for page in pages for item in page] == newest_first
    assert pages[-1][0] == adam.read(f"/jobs/{job.id}")


def test_jobs_are_found_by_status_and_by_kind(app, adam, job):
    failed = failed_job(app, "alice")
    job.do(jobs.fail, job_id=job.id, code="unavailable", message="nobody answered")
    queued = str(job.do(jobs.create, kind="test.work", user_id="bob"))

    def found(**query):
        return {item["id"] for item in adam.read("/jobs", **query)["items"]}

    assert found(status="failed") == {failed, str(job.id)}
    assert found(kind="test.work") == {queued, str(job.id)}
    assert found(status="failed", kind="test.work") == {str(job.id)}
    assert found(status="running") == set()


def test_the_list_of_jobs_is_for_admins(alice, vera):
    for person in (alice, vera):
        problem(person.get("/jobs"), 403, "forbidden")


def test_what_failed_is_queued_again_by_an_admin(app, alice, adam):
    job_id = failed_job(app, "alice")
    problem(alice.post(f"/jobs/{job_id}/retry"), 403, "forbidden")
    answer = adam.post(f"/jobs/{job_id}/retry")
    assert answer.status_code == 202
    assert answer.json == alice.read(f"/jobs/{job_id}")
    assert (answer.json["status"], answer.json["error"]) == ("queued", None)
    assert answer.json["finished_at"] is None
    (event,) = adam.read("/events", type="job.retried")["items"]
    assert (event["actor"], event["data"]["id"]) == ("adam", job_id)


def test_only_what_failed_can_be_retried(app, adam, job):
    problem(adam.post(f"/jobs/{job.id}/retry"), 409, "job_not_failed")
    job_id = failed_job(app, "alice")
    assert adam.post(f"/jobs/{job_id}/retry").status_code == 202
    problem(adam.post(f"/jobs/{job_id}/retry"), 409, "job_not_failed")
    problem(adam.post(f"/jobs/{uuid4()}/retry"), 404, "not_found")


def test_work_that_nobody_can_begin_again_is_not_retried(adam, job):
    told_by_older_code = job.do(jobs.create, kind="contributions.tell", user_id="alice")
    for job_id in (job.id, told_by_older_code):
        job.do(jobs.fail, job_id=job_id, code="unavailable", message="nobody answered")
        problem(adam.post(f"/jobs/{job_id}/retry"), 409, "job_not_retryable")
        assert adam.read(f"/jobs/{job_id}")["status"] == "failed"
