"""A freeze that dies after any commit is gone on with, and comes to the same root."""

from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.clients.storage import StorageError
from app.db import transaction
from app.domain.frozen_file import verify
from app.services import dataset_rows
from app.services.frozen import contents, files, planning, sealing
from app.services.message_answers import TryLater
from tests.freezing import begin, build, download, frozen, lines
from tests.sizes import size
from tests.story import Story


class Killed(BaseException):
    """Nothing of ours catches it, as nothing does kill -9."""


@pytest.fixture
def story(app, model_side, monkeypatch):
    """Tell a story, and have everything go in small batches."""
    made = Story(app, model_side)
    made.tell()
    for module in (contents, sealing):
        monkeypatch.setattr(module, "BATCH", 4)
    monkeypatch.setattr(dataset_rows, "_BATCH", 3)
    monkeypatch.setattr(planning, "_BATCH", 1)
    monkeypatch.setattr(files, "PART", 7)
    return made


def dying_after(commits):
    left = [commits]

    @contextmanager
    def transactions():
        if not left[0]:
            raise Killed
        left[0] -= 1
        with transaction() as session:
            yield session

    return transactions


@pytest.mark.long
@pytest.mark.usefixtures("story")
def test_killed_after_any_commit_it_comes_to_the_same_root(app, adam):
    whole = begin(adam)
    build(app, whole)
    expected = adam.read(f"/dataset/versions/{whole['id']}")
    commits, is_whole = 1, False
    while not is_whole:
        begun = begin(adam)
        try:
            build(app, begun, dying_after(commits))
            is_whole = True
        except Killed:
            build(app, begun)
        version = adam.read(f"/dataset/versions/{begun['id']}")
        assert (version["status"], version["digest"]) == ("frozen", expected["digest"]), commits
        file = lines(download(adam, version).data)
        assert verify(file, root=expected["merkle_root"]).faults == []
        commits += size(5, 1)
    assert commits > 30


@pytest.mark.usefixtures("story")
def test_a_database_that_is_away_fails_nothing(app, adam):
    begun, left = begin(adam), [5]

    @contextmanager
    def cut_off():
        with transaction() as session:
            left[0] -= 1
            if not left[0]:
                session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            yield session

    with pytest.raises(OperationalError):
        build(app, begun, cut_off)
    path = f"/dataset/versions/{begun['id']}"
    assert adam.read(path)["status"] == "building"
    assert adam.read(f"/jobs/{begun['job_id']}")["status"] == "running"
    build(app, begun)
    assert adam.read(path)["status"] == "frozen"


class Away:
    """A storage that is away so many times."""

    def __init__(self, storage, times):
        self.storage, self.times = storage, times

    def put(self, key, content):
        if self.times:
            self.times -= 1
            raise StorageError("the storage does not answer")
        return self.storage.put(key, content)

    def delete(self, key):
        return self.storage.delete(key)


@pytest.mark.usefixtures("story")
class TestAStorageThatIsAway:
    def test_is_tried_again(self, app, adam):
        begun, storage = begin(adam), Away(app.extensions["remotes"].storage, 2)
        for _ in range(2):
            with pytest.raises(TryLater):
                build(app, begun, storage=storage)
        build(app, begun, storage=storage)
        assert adam.read(f"/dataset/versions/{begun['id']}")["status"] == "frozen"
        build(app, begun, storage=storage)

    def test_for_too_long_fails_the_version_which_can_be_tried_again(self, app, adam, work):
        begun, storage = begin(adam), Away(app.extensions["remotes"].storage, 99)
        for _ in range(5):
            with pytest.raises(TryLater):
                build(app, begun, storage=storage)
        with pytest.raises(StorageError):
            build(app, begun, storage=storage)
        path = f"/dataset/versions/{begun['id']}"
        assert adam.read(path)["status"] == "failed"
        job = adam.read(f"/jobs/{begun['job_id']}")
        assert (job["status"], job["error"]["code"]) == ("failed", "freeze_failed")
        assert adam.post(f"/jobs/{begun['job_id']}/retry").status_code == 202
        work()
        assert adam.read(path)["status"] == "frozen"


@pytest.mark.usefixtures("story")
def test_a_fault_of_ours_fails_the_version_and_says_so(app, adam, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError

    begun = begin(adam)
    monkeypatch.setattr(planning, "thin", broken)
    with pytest.raises(RuntimeError):
        build(app, begun)
    assert adam.read(f"/dataset/versions/{begun['id']}")["status"] == "failed"


@pytest.mark.usefixtures("story")
def test_entries_that_come_while_it_is_exported_change_nothing(app, adam, vera, work, story):
    version = frozen(adam, work)
    path = f"/dataset/versions/{version['id']}/export?shape=raw&format=jsonl"
    whole = vera.get(path).data
    answer = vera.get(path, buffered=False)
    pieces = iter(answer.response)
    begun = next(pieces)
    for number in range(3):
        given, *_ = story.answers(f"What comes {number}?", f"This comes {number}.")
        story.rated(given, rating="like")
    assert begun + b"".join(pieces) == whole
