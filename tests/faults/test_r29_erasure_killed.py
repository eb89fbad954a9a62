"""R29: whenever the worker is killed while it erases, the next one goes on to the end."""

import time
import uuid

import pytest

from app.clients.receipts import Signer, verified
from app.config import Config
from app.domain.frozen_file import verify
from tests.faults.chance import chance, pause
from tests.faults.filling import fill
from tests.freezing import lines
from tests.sizes import size
from tests.waiting import eventually

CONVERSATIONS = 120
FULL = 30
KILLS = size(2, FULL)
LEFT = """
SELECT (SELECT count(*) FROM interactions WHERE title LIKE given.word OR user_id = given.person)
     + (SELECT count(*) FROM prompts WHERE content LIKE given.word)
     + (SELECT count(*) FROM responses WHERE content LIKE given.word OR raw LIKE given.word)
     + (SELECT count(*) FROM response_chunks WHERE tokens[1] LIKE given.word)
     + (SELECT count(*) FROM feedback WHERE overall_comment LIKE given.word
                                         OR given.person IN (user_id, owner_id))
     + (SELECT count(*) FROM validations WHERE notes LIKE given.word)
     + (SELECT count(*) FROM events WHERE actor = given.person OR data ->> 'author_id' = person)
     + (SELECT count(*) FROM dataset_version_contents
        WHERE given.person IN (owner, rater) OR strpos(encode(content, 'escape'), person) > 0)
FROM (SELECT CAST(%s AS text) AS person, CAST(%s AS text) AS word) given
"""
# Rows are whole before their turn and erased after it, each with all that hangs on it.
HALF = """
SELECT count(*) FROM responses r JOIN prompts p ON p.id = r.prompt_id
JOIN interactions i ON i.id = r.interaction_id JOIN dataset_entries e ON e.response_id = r.id
JOIN feedback f ON f.response_id = r.id JOIN validations v ON v.feedback_id = f.id
WHERE i.model_id = %s AND NOT (
    r.content IS NULL AND r.raw IS NULL AND p.content = '' AND i.title IS NULL
    AND i.erased_at IS NOT NULL AND e.withdrawn_at IS NOT NULL AND e.salt IS NULL
    AND v.notes IS NULL AND f.overall_comment IS NULL
    OR r.content = r.raw AND i.title = p.content
    AND i.erased_at IS NULL AND e.withdrawn_at IS NULL AND e.salt IS NOT NULL
    AND v.notes = p.content AND f.overall_comment = p.content)
"""
FATE = "SELECT status, done FROM jobs WHERE id = %s"


@pytest.fixture
def model():
    return f"eraser/{uuid.uuid4().hex}"


@pytest.fixture
def admin(installation):
    return installation.caller("admin-of-erasures", "admin", seconds=60)


@pytest.fixture
def key(installation):
    return Signer(Config.from_environment(installation.settings)).public_key()


@pytest.fixture
def version(installation, worker, admin, model):
    """Return a frozen version with rows of everybody who will be erased, and of a bystander."""
    people = [f"person-{number}-{uuid.uuid4().hex}" for number in range(KILLS + 1)]
    for person in (*people, "bystander"):
        fill(installation, model=model, person=person, word=person, rows=CONVERSATIONS)
    made = admin.call("POST", f"/dataset/model/{model}/versions", {}).json
    path = f"/dataset/versions/{made['id']}"
    eventually(lambda: admin.found(path)["status"] == "frozen", seconds=120)
    return people, path


def asked(installation, person):
    caller = installation.caller(person)
    return caller, caller.call("DELETE", "/users/me/data").json["job_id"]


def ended(installation, job_id):
    done = lambda: installation.rows(FATE, job_id)[0][0] == "succeeded"
    eventually(done, seconds=120)


@pytest.mark.long
def test_r29_a_killed_erasure_is_gone_on_with(installation, worker, admin, key, version, model):
    chances, (people, path) = chance(), version
    before, receipts, under_way = admin.found(path), {}, 0
    longest = 0.0
    for number, person in enumerate(people):
        caller, job_id = asked(installation, person)
        eventually(lambda: installation.rows(FATE, job_id)[0][0] != "queued", seconds=120)  # noqa: B023
        if longest:
            seconds = pause(chances, longest / size(3, 1))
            worker.kill()
            (status, done), (half,) = (
                installation.rows(FATE, job_id)[0], installation.rows(HALF, model)[0],
            )  # fmt: skip
            under_way += status == "running"
            print(number, f"{seconds:.2f} s of {longest:.2f} s:", status, done)  # noqa: T201
            assert half == 0
            worker.begin()
            ended(installation, job_id)
        else:
            since = time.monotonic()
            ended(installation, job_id)
            longest = time.monotonic() - since
        assert installation.rows(LEFT, person, f"{person}%") == [(0,)]
        assert installation.rows(HALF, model) == [(0,)]
        job = caller.found(f"/jobs/{job_id}")
        receipts[job_id] = caller, job
        check_receipt(job, key, before)
        check_version(installation, admin, path, before, erased=(number + 1) * CONVERSATIONS)
    # Of a few kills all may come too late.
    assert under_way or KILLS < FULL
    # They were given once.
    for job_id, (caller, job) in receipts.items():
        assert caller.found(f"/jobs/{job_id}") == job
    assert installation.rows("SELECT count(*) FROM erasures") == [(0,)]


def check_receipt(job, key, version):
    receipt = job["result"]
    signed = verified(receipt["signed"], key)
    assert signed == {name: value for name, value in receipt.items() if name != "signed"}
    assert {receipt["erased"][name] for name in ("prompts", "dataset_entries", "feedback")} == {
        CONVERSATIONS
    }
    assert receipt["erased"]["dataset_version_contents"] == CONVERSATIONS
    assert [one["id"] for one in receipt["versions"]] == [version["id"]]
    assert job["progress"] == {"done": 2 * CONVERSATIONS, "total": 2 * CONVERSATIONS}


def check_version(installation, admin, path, before, *, erased):
    """The root still proves the file, in which nobody else's rows have changed."""
    assert admin.found(path) == {**before, "erased_rows": erased}
    file = lines(admin.get(f"{path}/export?shape=frozen").body)
    verdict = verify(file, root=before["merkle_root"], digest=before["digest"])
    assert (verdict.faults, verdict.rows, verdict.erased) == ([], before["rows"], erased)
    assert installation.stray_files() == set()
