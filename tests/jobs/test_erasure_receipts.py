"""A receipt names every export that held rows of the person's, whatever became of them since."""

import pytest

from tests.erasing import ask, erase_now
from tests.freezing import freeze_now
from tests.model_side import MODEL

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
