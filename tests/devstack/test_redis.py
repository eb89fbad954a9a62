"""Redis out of the wheel: real, on a socket, keeping nothing."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import pytest
from redis import Redis
from redis.exceptions import RedisError

from devstack import redis
from devstack.folders import ROOT


@pytest.fixture
def begin(tmp_path):
    servers = []

    def start(folder=None):
        servers.append(redis.start(folder or tmp_path / "redis"))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def value(server):
    with Redis.from_url(server.url) as client:
        return client.get("key")


def put(server, what):
    with Redis.from_url(server.url) as client:
        client.set("key", what)


def test_it_is_reached_by_its_url_before_and_after_a_restart(begin):
    server = begin()
    url, pid = server.url, server.pid
    put(server, "value")
    assert value(server) == b"value"
    server.restart()
    assert value(server) is None
    assert server.url == url
    assert server.pid != pid


def test_it_can_be_killed_and_comes_back(begin):
    server = begin()
    server.kill()
    with pytest.raises(RedisError):
        value(server)
    server.restart()
    assert value(server) is None


def test_several_stand_side_by_side(begin, tmp_path):
    first, second = begin(tmp_path / "first"), begin(tmp_path / "second")
    put(first, "one")
    assert value(second) is None


def test_a_long_and_odd_path_is_no_obstacle(begin, tmp_path):
    server = begin(tmp_path / ("x" * 100) / "with space and ü")
    put(server, "value")
    assert value(server) == b"value"
    short = Path(unquote(urlsplit(server.url).path)).parent
    server.stop()
    assert not short.exists()


def test_others_cannot_enter_the_socket(begin):
    path = Path(urlsplit(begin().url).path)
    assert path.stat().st_mode & 0o077 == 0


def test_it_keeps_nothing_on_disk(begin, tmp_path):
    server = begin()
    put(server, "value")
    server.stop()
    assert [path.name for path in (tmp_path / "redis").iterdir()] == ["redis.log"]


def test_it_outlives_the_thread_that_started_it(begin):
    with ThreadPoolExecutor(1) as pool:
        server = pool.submit(begin).result()
    put(server, "value")
    assert value(server) == b"value"


def test_it_does_not_outlive_the_process_that_started_it(tmp_path):
    code = (
        "import sys; from pathlib import Path; from devstack import redis; "
        "print(redis.start(Path(sys.argv[1])).pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        pid = int(owner.stdout.readline())
        process = psutil.Process(pid)
        owner.kill()
    deadline = time.monotonic() + 30
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
