"""The worker is killed while it freezes: the next one goes on, to the same root."""

import random
import threading
import uuid

import pytest

from tests.model_side import MODEL
from tests.sizes import size
from tests.waiting import eventually

ENTRIES = 30
PATH = f"/dataset/model/{MODEL}/versions"


@pytest.fixture
def worker(installation):
    yield installation.worker
    if installation.worker.poll() is not None:
        installation.worker.begin()


def _fill(installation):
    """Have answers rated and validated."""
    caller = installation.caller(f"asker-{uuid.uuid4().hex[:8]}")
    validator = installation.caller("validator-of-versions", "validator")
    here = f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}"
    for number in range(ENTRIES):
        said = {"content": f"Tell me of {number}: {uuid.uuid4().hex}."}
        response = caller.made(f"{here}/prompts", said)["response"]
        given = caller.made("/feedback", {"response_id": response["id"], "rating": "like"})
        validator.made(f"/validation/feedback/{given['id']}", {"is_valid": True})


def _begun(admin):
    answer = admin.call("POST", PATH, {})
    assert answer.status == 202, answer.body
    return answer.json["id"]


@pytest.mark.long
def test_a_killed_freeze_is_ended_by_the_next_worker_with_the_same_root(installation, worker):
    _fill(installation)
    admin = installation.caller("admin-of-versions", "admin")
    query = "SELECT status, encode(merkle_root, 'hex') FROM dataset_versions WHERE id = %s"

    def is_frozen(version_id):
        return installation.rows(query, version_id)[0][0] == "frozen"

    # What is found out about questions in the background is part of a row, too.
    unread = "SELECT count(*) FROM dataset_entries WHERE language IS NULL"
    eventually(lambda: installation.rows(unread) == [(0,)], seconds=60)
    first = _begun(admin)
    eventually(lambda: is_frozen(first), seconds=60)
    roots = set(installation.rows(query, first))
    for _ in range(size(1, 30)):
        version_id = _begun(admin)
        threading.Event().wait(random.uniform(0, 0.5))  # Any moment, not a certain one.
        worker.kill()
        worker.begin()
        eventually(lambda: is_frozen(version_id), seconds=60)  # noqa: B023
        roots |= set(installation.rows(query, version_id))
    assert len(roots) == 1
