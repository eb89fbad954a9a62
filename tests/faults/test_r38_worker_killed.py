"""R38: the worker is killed at its work; every job is done, and what it told counts once."""

import random
import signal
import threading
import uuid

import pytest

from app.config import Config
from tests.model_side import MODEL
from tests.sizes import size
from tests.waiting import eventually

JOBS = 4
RETRIED_WITHIN_SECONDS = 60


def _cause_jobs(installation):
    """Have feedback validated, which is told to the User Profile Service; return the jobs."""
    users = [f"contributor-{uuid.uuid4().hex[:8]}" for _ in range(JOBS)]
    validator = installation.caller("validator-of-jobs", "validator")
    for user in users:
        caller = installation.caller(user)
        here = f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}"
        response = caller.made(f"{here}/prompts", {"content": "Tell me."})["response"]
        given = caller.made("/feedback", {"response_id": response["id"], "rating": "like"})
        validator.made(f"/validation/feedback/{given['id']}", {"is_valid": True})
    query = "SELECT id::text FROM jobs WHERE user_id = ANY(%s)"
    return {job_id for (job_id,) in installation.rows(query, users)}


def _are_done(installation, jobs):
    query = "SELECT DISTINCT status, done, error IS NULL FROM jobs WHERE id::text = ANY(%s)"
    return installation.rows(query, list(jobs)) == [("succeeded", 1, True)]


@pytest.mark.long
def test_r38_killed_jobs_are_done_by_the_next_worker(installation, worker, profile_side):
    caused = set()
    for number in range(size(2, 50)):
        profile_side.asked.clear()
        if number % 2 == 0:
            profile_side.gate.clear()
        jobs = _cause_jobs(installation)
        assert profile_side.asked.wait(20)
        threading.Event().wait(random.uniform(0, 0.02))  # Any moment, not a certain one.
        worker.kill()
        profile_side.gate.set()
        worker.begin()
        eventually(lambda: _are_done(installation, jobs), seconds=RETRIED_WITHIN_SECONDS)  # noqa: B023
        caused |= jobs
    assert len(caused) == size(2, 50) * JOBS
    # Told once more after a kill, but under the same id: whoever is told counts it once.
    assert profile_side.told.keys() == caused
    held = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status <> 'succeeded'"
    eventually(lambda: installation.rows(held, "contributions.tell") == [(0,)])


def test_r38_the_usual_settings_retry_within_a_minute():
    usual = Config(database_url="postgresql://nowhere/nothing").upkeep_seconds
    beats_missed, looked_for = 3 * usual, usual
    assert beats_missed + looked_for <= RETRIED_WITHIN_SECONDS


def test_r35_a_stopped_worker_finishes_what_it_has_begun(installation, worker, profile_side):
    profile_side.gate.clear()
    jobs = _cause_jobs(installation)
    assert profile_side.asked.wait(20)
    begun = set(profile_side.told)
    worker.signal(signal.SIGTERM)
    profile_side.gate.set()
    assert eventually(lambda: worker.poll() is not None and [worker.poll()]) == [0]
    told = "SELECT count(*) FROM jobs WHERE id::text = ANY(%s) AND status = 'succeeded'"
    assert installation.rows(told, list(begun)) == [(len(begun),)]
    worker.begin()
    eventually(lambda: _are_done(installation, jobs))
    assert all(times == 1 for times in profile_side.told.values())
