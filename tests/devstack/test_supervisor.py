"""`python run.py`: everything from one command, and nothing left behind."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time

import psutil
import pytest
import requests

from devstack.folders import ROOT
from devstack.records import ORDER, Records

LAST_LINE = "Ctrl-C stops everything"
GIVEN = ("_URL", "_KEY", "_FILE", "PORT", "BIND_HOST")


class Run:
    """One `python run.py` on a data folder and a port of its own."""

    def __init__(self, folder, port, **settings):
        self.base = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.records = Records(folder)
        self.output = folder.parent / f"output-{time.monotonic_ns()}"
        kept = {k: v for k, v in os.environ.items() if not k.endswith(GIVEN)}
        environment = {
            **kept,
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "WEB_WORKERS": "1",
            **settings,
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "run.py"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def told(self):
        return self.output.read_text(encoding="utf-8")

    def wait_up(self):
        wait_for(lambda: LAST_LINE in self.told() or self.process.poll() is not None)
        assert LAST_LINE in self.told(), self.told()
        return self

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)

    def pids(self):
        return {record.part: record.pid for record in self.records.running()}


def wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def status(run, path):
    try:
        return requests.get(run.base + path, timeout=20).status_code
    except requests.ConnectionError:
        return None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def finish(run):
    if run.process.poll() is None:
        run.stop()
    for pid in run.pids().values():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A run for those who only look at it."""
    run = Run(tmp_path_factory.mktemp("shared") / "data", free_port()).wait_up()
    yield run
    finish(run)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def begin(tmp_path, port):
    runs = []

    def start(**settings):
        runs.append(Run(tmp_path / "data", port, **settings))
        return runs[-1]

    yield start
    for run in runs:
        finish(run)


def test_every_step_is_told(shared):
    steps = ("PostgreSQL", "Redis", "Model Service", "migrations", "initial data")
    for step in steps:
        line = rf"^  {step} +(ready|done) +[0-9.]+ s$"
        assert re.search(line, shared.told(), re.MULTILINE), step
    assert status(shared, "/ready") == 200
    assert set(shared.pids()) == set(ORDER)


def test_the_tokens_printed_are_accepted(shared):
    file = shared.folder / "tokens.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() in shared.told()
    tokens = dict(re.findall(r"^export (\w+)=(\S+)$", shared.told(), re.MULTILINE))
    assert set(tokens) == {"USER_TOKEN", "VALIDATOR_TOKEN", "ADMIN_TOKEN"}
    answers = {
        name: requests.get(
            f"{shared.base}/feedback/pending",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        ).status_code
        for name, token in tokens.items()
    }
    assert answers == {"USER_TOKEN": 403, "VALIDATOR_TOKEN": 200, "ADMIN_TOKEN": 200}


def test_a_second_run_says_that_the_port_is_taken(shared):
    port = shared.base.rsplit(":", 1)[1]
    second = Run(shared.folder, port)
    assert second.process.wait(30) == 1
    (line,) = second.told().splitlines()
    assert f"port {port} is already taken" in line
    assert f"process {shared.process.pid}" in line
    assert status(shared, "/ready") == 200


def test_what_dies_is_started_again(shared):
    before = shared.pids()
    for part in ("web", "postgres", "model_service"):
        os.kill(before[part], signal.SIGKILL)
    wait_for(lambda: shared.told().count("started again") == 3)
    assert "web was ended by SIGKILL unexpectedly" in shared.told()
    assert "PostgreSQL was ended by SIGKILL unexpectedly" in shared.told()
    wait_for(lambda: status(shared, "/ready") == 200)
    after = shared.pids()
    assert after["postgres"] != before["postgres"]
    assert after["redis"] == before["redis"]


def test_a_port_of_somebody_else_is_told_before_anything_starts(begin, port, tmp_path):
    with socket.create_server(("127.0.0.1", port)):
        run = begin()
        assert run.process.wait(30) == 1
    (line,) = run.told().splitlines()
    assert f"port {port} is already taken" in line
    assert f"PORT={port + 1} make run" in line
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_killed_run_is_recovered_from_and_a_stopped_one_leaves_nothing(begin):
    first = begin().wait_up()
    first.process.kill()
    first.process.wait()
    second = begin().wait_up()
    pids = second.pids()
    assert set(pids) == set(ORDER)
    assert second.stop(signal.SIGINT) == 0
    wait_for(lambda: all(gone(pid) for pid in pids.values()))
    assert not list((second.folder / "run").iterdir())


def test_a_part_with_a_url_is_not_started(begin):
    run = begin(MODEL_SERVICE_URL="http://127.0.0.1:9", REDIS_URL="redis://127.0.0.1:9")
    run.wait_up()
    assert set(run.pids()) == {"web", "worker", "postgres"}
    assert "MODEL_SERVICE_URL is given" in run.told()
    assert "DATABASE_URL is given" not in run.told()
    assert status(run, "/ready") == 200


def test_an_unsafe_setting_stops_everything_with_the_reason(begin):
    run = begin(JWT_SECRET_KEY="short", MODEL_DEADLINE_SECONDS="soon")
    assert run.process.wait(60) == 1
    last = run.told().splitlines()[-1]
    assert last.startswith("error: configuration refused: ")
    assert "JWT_SECRET_KEY must have at least 32 bytes" in last
    assert "MODEL_DEADLINE_SECONDS must be a number" in last
    assert run.pids() == {}
