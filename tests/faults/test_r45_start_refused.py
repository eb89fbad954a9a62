"""R45: nothing starts on a configuration, or a database, that could not be kept safe."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from devstack import postgres
from devstack.folders import ROOT
from tests.faults.processes import free_port, surroundings
from tests.sizes import size

SAFE = {
    "DATABASE_URL": "postgresql://service:kX93mfPq0sLw@127.0.0.1:1/interactions",
    "JWT_SECRET_KEY": "f0c2a95bd8e1476a93c05d7be2184f6a",
    "BIND_HOST": "127.0.0.1",
}
KEY_SET = {
    "JWT_SECRET_KEY": "",
    "JWT_JWKS_URL": "https://auth.example.org/keys",
    "JWT_ISSUER": "https://auth.example.org",
    "JWT_AUDIENCE": "interactions",
}
WEB = ("gunicorn", "-c", "gunicorn.conf.py", "app:create_app()")
WORKER = ("flask", "--app", "app", "worker")
UNSAFE = [
    ({"JWT_SECRET_KEY": ""}, "JWT_SECRET_KEY or JWT_JWKS_URL is missing"),
    ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
    (KEY_SET | {"JWT_ISSUER": ""}, "JWT_ISSUER is missing"),
    (KEY_SET | {"JWT_AUDIENCE": ""}, "JWT_AUDIENCE is missing"),
    (KEY_SET | {"JWT_JWKS_URL": "http://auth.example.org/keys"}, "JWT_JWKS_URL must be https"),
    (KEY_SET | {"JWT_ALGORITHM": "HS256"}, "JWT_ALGORITHM must be"),
    (KEY_SET | {"DEVELOPMENT_TOKENS": "true"}, "DEVELOPMENT_TOKENS needs"),
    ({"JWT_SECRET_KEY": "short"}, "JWT_SECRET_KEY must have at least 32 bytes"),
    ({"JWT_SECRET_KEY": "x" * 64}, "JWT_SECRET_KEY is too uniform"),
    ({"JWT_SECRET_KEY": "change-me-to-a-key-of-32-characters"}, "out of an example"),
    ({"DATABASE_URL": "postgresql://postgres:postgres@db/interactions"}, "out of an example"),
    ({"DEBUG": "true"}, "DEBUG must not be set"),
    ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG must not be set"),
]
# Each starts a process: in a short run every third does.
FEW = UNSAFE[:: size(3, 1)]


def _start(program, settings):
    """Return the exit code and the one line of a program that has to end by itself."""
    ended = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env={**surroundings(), "PORT": str(free_port()), **SAFE, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    return ended.returncode, lines[0]


@pytest.mark.parametrize(("settings", "reason"), FEW, ids=[reason for _, reason in FEW])
def test_r45_web_refuses_an_unsafe_configuration(settings, reason):
    code, line = _start(WEB, settings)
    assert code != 0
    assert reason in line


@pytest.mark.parametrize("program", [WEB, WORKER], ids=["web", "worker"])
def test_r45_every_fault_is_named_at_once(program):
    code, line = _start(program, {"JWT_SECRET_KEY": "", "DATABASE_URL": "", "DEBUG": "1"})
    assert code != 0
    assert all(name in line for name in ("JWT_SECRET_KEY", "DATABASE_URL", "DEBUG"))


@contextmanager
def _forgetful(installation, names):
    """Have a database on the same data that promises less than it should."""
    installation.postgres.stop()
    settings = dict.fromkeys(names, "off")
    forgetful = postgres.start(installation.postgres.data.parent, settings=settings)
    try:
        yield
    finally:
        forgetful.stop()
        installation.postgres.begin()
        installation.postgres.wait_ready()


@pytest.mark.parametrize("names", [("fsync", "full_page_writes"), ("synchronous_commit",)])
def test_r45_nothing_starts_on_a_database_that_may_forget(installation, names):
    refusals = {f"{name} is off" for name in names}
    with _forgetful(installation, names):
        for program in (WEB, WORKER):
            code, line = _start(program, installation.settings)
            assert code != 0
            assert all(refusal in line for refusal in refusals)
        # What runs already says so, too.
        said = installation.web.readiness()["database"]
        assert all(refusal in said for refusal in refusals)
