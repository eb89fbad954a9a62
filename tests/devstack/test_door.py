"""`flask` finds the application with its parts: those it has a use for, no others."""

import os
import subprocess
import sys

import pytest

from devstack import postgres, redis
from devstack.door import wanted_parts
from devstack.environment import Part
from devstack.folders import ROOT
from devstack.records import Records

STORES = {Part.POSTGRES, Part.REDIS}
KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("flask", set()),
        ("flask --help", set()),
        ("flask --version", set()),
        ("flask run --help", set()),
        ("flask --app run.py --debug", set()),
        ("flask routes", set()),
        ("flask run", set(Part)),
        ("flask --app run.py --debug run -p 5000", set(Part)),
        ("flask -A run.py check", set(Part)),
        ("flask worker", set(Part)),
        ("flask db upgrade", STORES),
        ("flask token --user me", STORES),
        ("flask shell", STORES),
        ("/somewhere/bin/flask db upgrade", STORES),
        ("/somewhere/flask/__main__.py run", set(Part)),
        ("/somewhere/bin/gunicorn run:app", set(Part)),
        ("-c", STORES),
    ],
)
def test_a_command_line_gets_the_parts_it_has_a_use_for(line, parts):
    assert wanted_parts(line.split()) == parts


@pytest.fixture
def flask(tmp_path):
    settings = {k: v for k, v in os.environ.items() if not k.endswith(("_URL", "_KEY"))}

    def run(*arguments, **more):
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "run.py", *arguments],
            cwd=ROOT,
            env={**settings, "DATA_DIR": str(tmp_path), **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def begun(folder):
    return {part.value for part in Part if (folder / part).exists()}


def test_help_starts_nothing(flask, tmp_path):
    told = flask("--help")
    assert told.returncode == 0
    assert "setup-initial-data" in told.stdout
    assert "Error" not in told.stderr
    assert begun(tmp_path) == set()


def test_a_command_starts_what_it_needs_and_stops_it(flask, tmp_path):
    told = flask("db", "upgrade")
    assert told.returncode == 0, told.stderr
    assert begun(tmp_path) == {"postgres", "redis"}
    assert list(Records(tmp_path).running()) == []
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()


def test_a_command_uses_what_runs_already_and_leaves_it_running(flask, tmp_path):
    database = postgres.start(tmp_path / "postgres")
    cache = redis.start(tmp_path / "redis")
    records = Records(tmp_path)
    records.write("postgres", database)
    records.write("redis", cache)
    told = flask("db", "upgrade")
    assert told.returncode == 0, told.stderr
    assert (database.poll(), cache.poll()) == (None, None)
    assert {record.part for record in records.running()} == {"postgres", "redis"}
    database.stop()
    cache.stop()


def test_nothing_is_started_when_everything_is_given(flask, tmp_path):
    told = flask(
        "token",
        DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing",
        REDIS_URL="redis://127.0.0.1:9",
        MODEL_SERVICE_URL="http://127.0.0.1:9",
        JWT_SECRET_KEY=KEY,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.count(".") == 2
    assert begun(tmp_path) == set()
