"""A served application with a worker, and people with words that stand nowhere else."""

from uuid import uuid4

import pytest

from tests.canaries.life import SECRETS, TEXTS, Caller
from tests.faults.processes import Worker
from tests.served import Served
from tests.world import token


@pytest.fixture
def canary():
    """Words that stand nowhere else, by what they are."""
    return {name: f"canary-{name}-{uuid4().hex}" for name in SECRETS + TEXTS}


@pytest.fixture
def settings(environment, canary, tmp_path):
    password = canary["database-password"]
    return {
        **environment,
        "DATABASE_URL": environment["DATABASE_URL"].replace("@", f":{password}@", 1),
        "JWT_SECRET_KEY": canary["jwt-secret"],
        "METRICS_TOKEN": canary["metrics-token"],
        # Its files are of this life alone.
        "STORAGE_URL": (tmp_path / "storage").as_uri(),
        "LOG_LEVEL": "DEBUG",
    }


@pytest.fixture
def served(app, settings, tmp_path):
    one = Served(settings, tmp_path)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def worker(app, settings, tmp_path):
    one = Worker(settings, log=tmp_path / "worker.log")
    one.begin()
    yield one
    one.stop()


@pytest.fixture
def person(served, canary):
    def make(name, *roles):
        proof = token(name, roles, canary["jwt-secret"], jti=f"canary-token-{uuid4().hex}")
        return Caller(served, {"Authorization": f"Bearer {proof}"})

    return make
