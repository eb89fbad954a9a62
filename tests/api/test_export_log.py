"""The log of exports: who fetched what, whether all of it, and how many rows there were."""

import pytest

from app.db import db, transaction
from tests.crowd import fill
from tests.freezing import freeze_now
from tests.model_side import MODEL

ROWS = 12
LOG = """
SELECT shape, format, requested_by, finished_at IS NOT NULL, rows FROM dataset_exports
ORDER BY id DESC LIMIT 1
"""


@pytest.fixture
def last(app):
    """Return the last line of the log."""

    def read():
        with app.app_context(), transaction() as session:
            return tuple(session.execute(db.text(LOG)).one())

    return read


@pytest.mark.parametrize("compress", [None, "gzip", "zstd"])
@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "parquet", "hf"])
@pytest.mark.parametrize("shape", ["entries", "raw"])
def test_what_was_fetched_to_its_end_has_its_number_of_rows(app, vera, last, shape, form, compress):
    fill(app, 2 * ROWS, every=2)
    query = {"shape": shape, "format": form, **({"compress": compress} if compress else {})}
    assert vera.get(f"/dataset/model/{MODEL}/export", query_string=query).data
    assert last() == (shape, form, "vera", True, ROWS)


def test_what_is_left_out_for_personal_data_is_not_counted(adam, alice, vera, last):
    adam.put(f"/privacy/policies/{MODEL}", {"pii": "drop"})
    for comment in ("Fine.", "Write to jo@example.com."):
        vera.verdict(alice.feedback(overall_comment=comment, rating="like")["id"])
    query = {"shape": "raw", "format": "jsonl"}
    assert vera.get(f"/dataset/model/{MODEL}/export", query_string=query).data.count(b"\n") == 1
    assert last()[3:] == (True, 1)


def test_nothing_is_no_rows(alice, vera, last):
    alice.interaction()
    assert vera.get(f"/dataset/model/{MODEL}/export").data
    assert last()[3:] == (True, 0)


def test_what_breaks_off_has_no_end(app, vera, last):
    fill(app, 2400, every=2)
    answer = vera.get(f"/dataset/model/{MODEL}/export", query_string={"format": "jsonl"})
    next(iter(answer.response))
    answer.close()
    assert last()[3:] == (False, None)


def test_a_version_has_its_rows_whole_and_a_part_of_its_file_has_none(app, adam, vera, last):
    fill(app, 2 * ROWS, every=2)
    version = freeze_now(app, adam)
    path = f"/dataset/versions/{version['id']}/export"
    assert vera.get(path, query_string={"shape": "raw", "format": "csv"}).data
    assert last() == ("raw", "csv", "vera", True, version["rows"])
    whole = vera.get(path, query_string={"shape": "frozen"}).data
    assert last() == ("frozen", "jsonl", "vera", True, version["rows"])
    some = vera.get(path, query_string={"shape": "frozen"}, headers={"Range": "bytes=5-"}).data
    assert some == whole[5:]
    assert last() == ("frozen", "jsonl", "vera", True, None)
