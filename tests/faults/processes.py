"""The web and worker processes of an installation, to be started, stopped and killed."""

import http.client
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import psutil

from app.config import Config
from devstack.child import Child
from devstack.postgres import PostgresServer
from devstack.server import Server
from tests.waiting import eventually

_SETTINGS = frozenset(
    name for item in fields(Config) for name in (item.name.upper(), f"{item.name.upper()}_FILE")
) | {"DEBUG", "FLASK_DEBUG"}


def surroundings() -> dict[str, str]:
    """Return the machine's own environment, without any setting of the service."""
    return {name: value for name, value in os.environ.items() if name not in _SETTINGS}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


class Signalled(Child):
    """A process that a test may send a signal."""

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


class Web(Signalled, Server):
    """gunicorn with its workers, as in production."""

    ready_seconds = 60.0

    def __init__(self, settings: Mapping[str, str], *, log: Path) -> None:
        super().__init__("web", log=log)
        self.port = free_port()
        self._environment = {
            **surroundings(),
            **settings,
            "BIND_HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PROMETHEUS_MULTIPROC_DIR": str(log.with_suffix(".metrics")),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"]
        self._spawn(command, environment=self._environment)

    def answers(self) -> bool:
        return self.readiness().get("status") == "ready"

    def readiness(self) -> dict[str, str]:
        """Return what /ready says, empty when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            body: dict[str, str] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        else:
            return body
        finally:
            connection.close()

    def worker_pids(self) -> list[int]:
        """Return the ids of the processes that answer requests."""
        return [child.pid for child in psutil.Process(self.pid).children()]

    def kill_worker(self, pid: int) -> None:
        """Kill one of the processes that answer requests; the master starts another."""
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: pid not in self.worker_pids())

    def kill_everything(self) -> None:
        """Kill the master and its workers at the same moment."""
        kill_tree(self.pid)
        super().kill()


class Worker(Signalled):
    """The process that does background work."""

    def __init__(self, settings: Mapping[str, str], *, log: Path) -> None:
        super().__init__("worker", log=log)
        self._environment = {**surroundings(), **settings}

    def begin(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        self._spawn(command, environment=self._environment)


def kill_database(postgres: PostgresServer) -> None:
    """Kill every process of the database at once, and wait until none is left.

    A server whose postmaster alone is killed finishes what it is doing, and one that is
    started while an old process is left refuses to.
    """
    kill_tree(postgres.pid)
    postgres.kill()


def kill_tree(pid: int) -> None:
    root = psutil.Process(pid)
    root.suspend()  # So that it starts no child while its children are killed.
    family = [*root.children(recursive=True), root]
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    eventually(lambda: not any(is_alive(process) for process in family))


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
