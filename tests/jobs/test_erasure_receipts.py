"""A receipt names every export that held rows of the person's, whatever became of them since."""

from itertools import count

import pytest

from app.services.erasure import erasing
from tests.erasing import ask, erase_now
from tests.freezing import freeze_now
from tests.model_side import MODEL, Reply
from tests.world import created

EXPORT = f"/dataset/model/{MODEL}/export"
LONG_AGO = (
    "UPDATE dataset_entries SET created_at = created_at - interval '1 hour',"
    " withdrawn_at = withdrawn_at - interval '1 hour'"
)


@pytest.fixture
def named(app, adam):
    """Have somebody's data erased; return the shape of each export named, and its rows."""

    def run(person):
        job_id = ask(person)
        erase_now(app, job_id)
        exports = adam.read(f"/jobs/{job_id}")["result"]["exports"]
        return [(export["shape"], export["rows_of_theirs"]) for export in exports]

    return run


@pytest.fixture
def fetch(vera):
    """Fetch an export; say whether it holds what was said."""

    def run(shape, path=EXPORT, word=b"canary"):
        return word in vera.get(path, query_string={"shape": shape, "format": "jsonl"}).data

    return run


@pytest.fixture
def prefer(model_side):
    """Let somebody ask, have it answered twice, and say which answer is better."""

    def run(person):
        numbers = count()
        model_side.query_reply = lambda _: Reply([{"generated_text": f"No. {next(numbers)}"}])
        asked = person.exchange("canary?")
        prompt_id = asked["prompt"]["id"]
        other = created(person.post(f"/prompts/{prompt_id}/responses", {}))
        ranking = [[asked["response"]["id"]], [other["id"]]]
        created(person.post("/feedback/preferences", {"prompt_id": prompt_id, "ranking": ranking}))

    return run


def test_an_export_of_what_was_withdrawn_afterwards(alice, vera, adam, fetch, named):
    given = alice.feedback(overall_comment="canary")
    vera.verdict(given["id"])
    assert fetch("raw")
    adam.decision(given["id"], is_valid=False)
    assert named(alice) == [("raw", 1)]
    assert adam.read("/events", type="dataset.entry_erased")["items"] == []


def test_no_export_of_what_was_withdrawn_long_before(alice, vera, adam, fetch, named, sql):
    given = alice.feedback(overall_comment="canary")
    vera.verdict(given["id"])
    adam.decision(given["id"], is_valid=False)
    sql(LONG_AGO)
    assert not fetch("raw")
    assert named(alice) == []


def test_an_export_of_a_version_that_holds_what_was_withdrawn(
    app, alice, vera, adam, fetch, named, sql
):
    given = alice.feedback(overall_comment="canary")
    vera.verdict(given["id"])
    version = freeze_now(app, adam)
    adam.decision(given["id"], is_valid=False)
    sql(LONG_AGO)
    assert fetch("raw", f"/dataset/versions/{version['id']}/export")
    assert named(alice) == [("raw", 1)]


def test_exports_of_preferences_alone(alice, prefer, fetch, named):
    prefer(alice)
    assert fetch("preference")
    assert not fetch("entries")
    assert named(alice) == [("preference", 1)]


def test_no_export_that_was_over_before_the_preference_was_given(alice, prefer, fetch, named):
    assert not fetch("preference")
    prefer(alice)
    assert named(alice) == []


def test_a_preference_is_counted_once_however_many_batches(
    alice, prefer, fetch, named, monkeypatch
):
    prefer(alice)
    assert fetch("oasst")
    monkeypatch.setattr("app.services.erasure.statements.BATCH", 1)
    monkeypatch.setattr(erasing, "BATCH", 1)
    assert named(alice) == [("oasst", 1)]
