"""flask worker: the process that does background work until it is stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import transaction
from app.jobs import worker
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture
def process(app, environment):
    started = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker"],
        cwd=ROOT,
        env={**os.environ, **environment, "UPKEEP_SECONDS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_does_what_is_due_and_stops_when_told(app, alice, process, stop):
    response = alice.response()
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE responses SET status = 'pending', due_at = now()"))
    path = f"/responses/{response['id']}"
    eventually(lambda: alice.read(path)["status"] == "failed", seconds=60)
    process.send_signal(stop)
    assert process.wait(30) == 0


def test_it_does_not_start_on_a_database_that_may_forget(flask, monkeypatch):
    started = []
    monkeypatch.setattr(worker, "run", lambda *_: started.append(1))
    monkeypatch.setattr(
        "app.services.readiness.durability_faults", lambda _: ["synchronous_commit is off"]
    )
    refused = flask("worker")
    assert refused.exit_code == 1
    assert refused.output == "Error: configuration refused: synchronous_commit is off\n"
    assert started == []


def test_a_database_that_is_away_is_waited_for(flask_with, monkeypatch):
    started = []
    monkeypatch.setattr(worker, "run", lambda *_: started.append(1))
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    assert flask_with("worker", database_url=nowhere).exit_code == 0
    assert started == [1]
