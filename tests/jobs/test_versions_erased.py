"""Erased people's rows are gone from frozen versions and their files; the roots still hold."""

import orjson
import pytest
from sqlalchemy import text

from app.clients.storage import VersionsKept
from app.db import transaction
from app.domain.frozen_file import verify
from app.services.frozen import files
from tests.erasing import ask
from tests.freezing import begin, build, download, exported, frozen, lines, rows
from tests.model_side import Reply
from tests.world import created, problem

MARK = "the-words-of-bob"


@pytest.fixture
def said(alice, bob, vera, model_side, monkeypatch):
    """Let two people ask, rate and compare, of whom one leaves marks everywhere."""
    monkeypatch.setattr(files, "PART", 3)
    for person, mark in ((alice, "of alice"), (bob, MARK)):
        for number in ("one", "two", "three"):
            text_ = f"Answer {number} {mark}."
            model_side.query_reply = lambda _, text_=text_: Reply([{"generated_text": text_}])
            asked = person.exchange(f"Question {number} {mark}?")
            given = person.feedback(asked["response"]["id"], correction=f"Better {number} {mark}.")
            vera.verdict(given["id"])
        prompt_id = asked["prompt"]["id"]
        other = created(person.post(f"/prompts/{prompt_id}/responses", {}))
        ranking = [[asked["response"]["id"]], [other["id"]]]
        created(person.post("/feedback/preferences", {"prompt_id": prompt_id, "ranking": ranking}))


def stored(app):
    folder = app.extensions["remotes"].storage._folder
    return b"".join(b"".join(lines(path.read_bytes())) for path in folder.rglob("*.zst"))


@pytest.mark.usefixtures("said")
def test_content_and_salt_go_everywhere_and_the_root_still_holds(app, bob, adam, vera, work):
    version = frozen(adam, work)
    assert MARK.encode() in stored(app)
    before = download(vera, version)
    answer = bob.delete("/users/bob/data")
    assert answer.status_code == 202
    work()
    job = adam.read(f"/jobs/{answer.json['job_id']}")
    assert job["status"] == "succeeded", job
    (held,) = job["result"]["versions"]
    assert held["merkle_root"] == version["merkle_root"]
    after = download(vera, version)
    file = lines(after.data)
    assert MARK.encode() not in b"".join(file)
    assert MARK.encode() not in stored(app)
    verdict = verify(file, root=version["merkle_root"], digest=version["digest"])
    assert (verdict.faults, verdict.rows, verdict.erased) == ([], 8, 4)
    assert after.headers["ETag"] != before.headers["ETag"]
    shown = adam.read(f"/dataset/versions/{version['id']}")
    assert shown == {**version, "erased_rows": 4}
    assert len(exported(vera, version, shape="raw")) == 3
    with app.app_context(), transaction() as session:
        salts = "SELECT count(*) FROM dataset_entries WHERE salt IS NULL"
        assert session.scalar(text(salts)) == 3


@pytest.mark.usefixtures("said")
def test_what_others_have_said_stays_byte_for_byte(bob, adam, vera, work):
    version = frozen(adam, work)
    before = {row["position"]: row for row in rows(download(vera, version).data)}
    bob.delete("/users/bob/data")
    work()
    for row in rows(download(vera, version).data):
        assert row["leaf"] == before[row["position"]]["leaf"]
        if row["row"] is not None:
            assert row == before[row["position"]]
            assert b"bob" not in orjson.dumps(row)


@pytest.mark.usefixtures("said")
def test_a_proof_of_an_erased_row_is_a_proof_still(bob, adam, vera, work):
    version = frozen(adam, work)
    ids = [
        row["row"]["content"]["said"]["entry_id"]
        for row in rows(download(vera, version).data)
        if MARK.encode() in orjson.dumps(row) and row["row"]["content"]["kind"] == "entry"
    ]
    path = f"/dataset/versions/{version['id']}/proof/{ids[0]}"
    before = vera.read(path)
    bob.delete("/users/bob/data")
    work()
    assert vera.read(path) == before


@pytest.mark.usefixtures("said")
def test_until_the_file_is_written_anew_nobody_gets_it(app, adam, vera, work):
    version = frozen(adam, work)
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM dataset_version_contents WHERE owner = 'bob'"))
    again = download(vera, version)
    problem(again, 503, "version_being_rewritten")
    assert again.headers["Retry-After"]
    with app.app_context():
        assert files.settle(transaction, storage=app.extensions["remotes"].storage)
    assert MARK.encode() not in b"".join(lines(download(vera, version).data))


@pytest.mark.usefixtures("said")
def test_rows_that_go_while_a_version_is_built_are_tombstones_or_never_there(
    app, adam, vera, work, monkeypatch
):
    real = files.write_head

    def erase_first(*args, **kwargs):
        real(*args, **kwargs)
        monkeypatch.setattr(files, "write_head", real)
        with transaction() as session:
            session.execute(text("DELETE FROM dataset_version_contents WHERE owner = 'bob'"))
        storage = app.extensions["remotes"].storage
        assert not files.settle(transaction, storage=storage), "whoever builds it writes them"

    monkeypatch.setattr(files, "write_head", erase_first)
    version = frozen(adam, work)
    file = lines(download(vera, version).data)
    assert MARK.encode() not in b"".join(file)
    assert verify(file, root=version["merkle_root"], digest=version["digest"]).erased == 4


@pytest.mark.usefixtures("said")
def test_a_bucket_that_keeps_what_is_erased_leaves_the_erasure_undone(
    app, bob, adam, vera, work, monkeypatch
):
    frozen(adam, work)
    job_id = ask(bob)
    with monkeypatch.context() as patched:
        patched.setattr(app.extensions["remotes"].storage, "delete", refused)
        work()
    job = adam.read(f"/jobs/{job_id}")
    assert (job["status"], job["result"]) == ("failed", None)
    assert job["error"]["code"] == "storage_keeps_versions"
    assert "s3:DeleteObjectVersion" in job["error"]["message"]
    assert MARK.encode() in stored(app)
    assert ask(bob) == job_id
    work()
    assert adam.read(f"/jobs/{job_id}")["status"] == "succeeded"
    assert MARK.encode() not in stored(app)


def refused(_key):
    raise VersionsKept("expected s3:DeleteObjectVersion")


class Interrupted:
    """A storage at which something happens when a part is sent for the first time."""

    def __init__(self, storage, part, happens):
        self.storage, self.part, self.happens = storage, part, happens

    def put(self, key, content):
        if f"/{self.part:06}-" in key and self.happens:
            happens, self.happens = self.happens, None
            happens()
        return self.storage.put(key, content)

    def delete(self, key):
        return self.storage.delete(key)


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize("part", [0, 1, 3])
def test_an_erasure_waits_for_whoever_builds_a_version_with_rows_of_theirs(
    app, bob, adam, vera, work, sql, part
):
    begun, asked = begin(adam), []
    # It is built here, by nobody else.
    sql("UPDATE procrastinate_jobs SET status = 'succeeded'")

    def erase():
        asked.append(ask(bob))
        work()
        job = adam.read(f"/jobs/{asked[0]}")
        assert (job["status"], job["result"]) == ("running", None)

    storage = app.extensions["remotes"].storage
    build(app, begun, storage=Interrupted(storage, part, erase))
    version = adam.read(f"/dataset/versions/{begun['id']}")
    assert version["status"] == "frozen"
    file = lines(download(vera, version).data)
    assert verify(file, root=version["merkle_root"], digest=version["digest"]).erased == 4
    sql("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    work()
    receipt = adam.read(f"/jobs/{asked[0]}")["result"]
    assert [held["merkle_root"] for held in receipt["versions"]] == [version["merkle_root"]]
    assert MARK.encode() not in stored(app)
