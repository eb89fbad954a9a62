"""The worker is killed while it freezes: the next one goes on, to the same root and bytes."""

import time
import uuid

import pytest

from app.domain.frozen_file import verify
from app.jobs import people
from tests.faults.chance import chance, pause
from tests.faults.filling import fill
from tests.freezing import lines
from tests.sizes import size
from tests.waiting import eventually

ENTRIES = 1_100
FULL = 30
KILLS = size(2, FULL)


@pytest.fixture
def model(installation):
    """Return a model with a dataset of several batches and parts."""
    name = f"freezer/{uuid.uuid4().hex}"
    fill(installation, model=name, person="cold", word="ice", rows=ENTRIES)
    return name


@pytest.fixture
def unmeasured(installation):
    """Let nobody be measured meanwhile: how far raters are relied upon is part of a row."""
    put = (
        "INSERT INTO procrastinate_jobs"
        " (queue_name, task_name, priority, queueing_lock, args, scheduled_at)"
        " VALUES ('default', %s, 0, %s, '{}', now() + interval '1 day')"
    )
    installation.execute(put, people.MEASURE, people.MEASURE)
    yield
    installation.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", people.MEASURE)


@pytest.fixture
def admin(installation):
    return installation.caller("admin-of-versions", "admin", seconds=60)


def begun(admin, model):
    answer = admin.call("POST", f"/dataset/model/{model}/versions", {})
    assert answer.status == 202, answer.body
    return answer.json["id"]


def wait_for(installation, version_id, statuses):
    query = "SELECT j.status FROM jobs j JOIN dataset_versions v ON v.job_id = j.id WHERE v.id = %s"
    eventually(lambda: installation.rows(query, version_id)[0][0] in statuses, seconds=120)


def content(admin, version_id):
    """Return what a version says of itself, and its file after the head, which has its id."""
    version = admin.found(f"/dataset/versions/{version_id}")
    assert version["status"] == "frozen"
    file = lines(admin.get(f"/dataset/versions/{version_id}/export?shape=frozen").body)
    assert verify(file, root=version["merkle_root"], digest=version["digest"]).faults == []
    return version["merkle_root"], version["digest"], version["rows"], file[1:]


@pytest.mark.long
@pytest.mark.usefixtures("unmeasured")
def test_a_killed_freeze_is_ended_by_the_next_worker_with_the_same_root(
    installation, worker, admin, model
):
    chances = chance()
    undisturbed = begun(admin, model)
    wait_for(installation, undisturbed, {"running"})
    since = time.monotonic()
    wait_for(installation, undisturbed, {"succeeded"})
    longest = time.monotonic() - since
    expected = content(admin, undisturbed)
    assert expected[2] == ENTRIES == len(expected[3])
    was_under_way = 0
    for number in range(KILLS):
        version_id = begun(admin, model)
        wait_for(installation, version_id, {"running", "succeeded"})
        seconds = pause(chances, longest / size(3, 1))
        worker.kill()
        reached = installation.rows(
            "SELECT status, reached ->> 'phase' FROM dataset_versions WHERE id = %s", version_id
        )
        was_under_way += reached[0][0] == "building"
        print(number, f"{seconds:.2f} s of {longest:.2f} s:", *reached[0])  # noqa: T201
        worker.begin()
        wait_for(installation, version_id, {"succeeded"})
        assert content(admin, version_id) == expected
        assert installation.stray_files() == set()
    # Of a few kills all may come too late.
    assert was_under_way or KILLS < FULL
