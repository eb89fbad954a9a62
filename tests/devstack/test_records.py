"""Leftovers of a killed run are found again, and nothing else is touched."""

import json
import subprocess
import sys

import psutil
import pytest

from devstack import redis
from devstack.records import Records

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path)


@pytest.fixture
def sleeper():
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


@pytest.fixture
def ended():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def keep(folder, part, **values):
    me = psutil.Process()
    record = {"part": part, "owner": me.pid, "owner_command": me.cmdline(), **values}
    (folder / "run").mkdir(exist_ok=True)
    (folder / "run" / f"{part}.json").write_text(json.dumps({"url": "", **record}))


def test_a_child_is_found_by_its_record(records, tmp_path):
    server = redis.start(tmp_path / "redis")
    records.write("redis", server)
    found = records.find("redis")
    assert (found.pid, found.url, found.owned) == (server.pid, server.url, True)
    assert records.stop_leftovers() == []
    server.stop()
    assert records.find("redis") is None


def test_a_leftover_is_stopped(records, tmp_path, sleeper, ended):
    keep(tmp_path, "web", pid=sleeper.pid, command=SLEEP, owner=ended)
    assert records.stop_leftovers() == ["web"]
    sleeper.wait(10)
    assert list(records.running()) == []


def test_a_process_that_only_took_over_the_number_is_left_alone(records, tmp_path, sleeper, ended):
    keep(tmp_path, "web", pid=sleeper.pid, command=["another"], owner=ended)
    assert records.stop_leftovers() == []
    assert sleeper.poll() is None


def test_what_somebody_still_owns_is_left_alone(records, tmp_path, sleeper):
    keep(tmp_path, "postgres", pid=sleeper.pid, command=SLEEP)
    assert records.stop_leftovers() == []
    assert [record.part for record in records.running()] == ["postgres"]
    assert sleeper.poll() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"part": "web"}'])
def test_an_unreadable_record_is_none(records, tmp_path, content):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "web.json").write_text(content)
    assert records.find("web") is None


def test_parts_stop_in_the_order_in_which_they_need_each_other(records, tmp_path, sleeper):
    for part in ("postgres", "web", "redis", "worker", "model_service"):
        keep(tmp_path, part, pid=sleeper.pid, command=SLEEP)
    assert [record.part for record in records.running()] == [
        "web",
        "worker",
        "model_service",
        "redis",
        "postgres",
    ]
