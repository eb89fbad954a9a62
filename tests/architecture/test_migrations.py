"""The history of the schema reads as a list and has one end."""

import re

import pytest
from alembic.script import ScriptDirectory

from tests.architecture.sources import ROOT, imported, named, python_files

VERSIONS = python_files("migrations/versions")


@pytest.mark.parametrize("path", VERSIONS, ids=named)
def test_a_migration_is_named_by_its_time_in_utc(path):
    assert re.fullmatch(r"20\d{6}_?\d{4,6}_[a-z0-9_]+", path.stem)


@pytest.mark.parametrize("path", VERSIONS, ids=named)
def test_a_migration_stands_alone(path):
    assert {name for name in imported(path) if name.startswith("app")} == set()


def test_the_history_has_one_end_and_runs_in_the_order_of_the_names():
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == 1
    walked = [revision.path for revision in scripts.walk_revisions()]
    assert walked == sorted(walked, reverse=True)
    assert len(walked) == len(VERSIONS)
