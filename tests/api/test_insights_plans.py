"""Insights read what lies in their period, however much lies outside of it."""

import re

import pytest

from app.db import db
from tests.crowd import fill
from tests.sizes import size
from tests.statements import statements

PERIOD = "from=2026-01-05&to=2026-01-12"
LARGE = {"interactions", "responses", "feedback", "dimension_ratings", "validations"}


NAMES = ("volumes", "scores", "agreement", "time-to-verdict", "backlog", "retention", "dimensions")


@pytest.mark.long
def test_no_table_is_read_from_end_to_end_for_a_week(app, vera):
    fill(app, size(4_000, 1_000_000))
    scanned = {name: _scanned(app, vera, f"/insights/{name}?{PERIOD}") & LARGE for name in NAMES}
    # What waits is a large part of this crowd; it is counted wherever it lies.
    scanned["backlog"] -= {"feedback"}
    assert scanned == {key: set() for key in NAMES}


def _scanned(app, person, path):
    """Return the tables that are read from end to end for an answer."""
    with statements(app) as sent:
        assert person.get(path).status_code == 200
    with app.app_context(), db.engine.connect() as connection:
        plans = [
            row[0]
            for statement, parameters in sent
            for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        ]
    return {table for line in plans for table in re.findall(r"Seq Scan on (\w+)", line)}
