"""The service and its rivals, each under the same gunicorn, on the same PostgreSQL."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
import psycopg2

from devstack import postgres, redis

SECRET = "benchmarks-only-0123456789-abcdefghij"  # noqa: S105  # Of a server on loopback.
SERVED = "acme/echo-1"
_UP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Stores:
    """The database and the cache of a run."""

    database_url: str
    redis_url: str


def token(user: str = "bench", role: str = "validator") -> str:
    """Return a token of the run."""
    claims = {"sub": user, "roles": [role], "exp": int(time.time()) + 7200}
    return jwt.encode(claims, SECRET, "HS256")


@contextmanager
def stores() -> Iterator[Stores]:
    """Start an empty, migrated PostgreSQL and a Redis, and stop them."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        database = postgres.start(Path(folder) / "postgres")
        cache = redis.start(Path(folder) / "redis")
        try:
            found = Stores(database.url, cache.url)
            for command in (["db", "upgrade"], ["setup-initial-data"]):
                _flask(found, *command)
            yield found
        finally:
            cache.stop()
            database.stop()


@contextmanager
def service(found: Stores, *, model_url: str = "http://127.0.0.1:9") -> Iterator[int]:
    """Serve this service as it is deployed and yield its port."""
    port = free_port()
    command = [*_GUNICORN, "-c", "gunicorn.conf.py", "app:create_app()"]
    with process(command, {**settings(found), "MODEL_SERVICE_URL": model_url, "PORT": str(port)}):
        wait_for(port)
        yield port


@contextmanager
def rival(module: str, environment: dict[str, str]) -> Iterator[int]:
    """Serve a bare application under the same kind and number of workers; yield its port."""
    port = free_port()
    # Named, or gunicorn would take the service's own configuration out of this folder.
    workers = [
        "-c",
        "python:benchmarks",
        "-k",
        "gthread",
        "-w",
        "2",
        "--threads",
        "128",
        "--no-control-socket",
    ]
    command = [*_GUNICORN, *workers, "-b", f"127.0.0.1:{port}", f"{module}:app"]
    with process(command, environment):
        wait_for(port)
        yield port


@contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a child and end it."""
    child = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(timeout=60)


def settings(found: Stores) -> dict[str, str]:
    """Return the service's environment; limits are off, since one person sends everything."""
    return {
        "DATABASE_URL": found.database_url,
        "REDIS_URL": found.redis_url,
        "JWT_SECRET_KEY": SECRET,
        "RATE_LIMIT": "off",
        "BIND_HOST": "127.0.0.1",
        "WEB_WORKERS": "2",
        "DB_POOL_SIZE": "32",
        "FLASK_APP": "app",
    }


def execute(found: Stores, statement: str) -> None:
    """Run SQL and commit."""
    connection = psycopg2.connect(found.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def vacuum(found: Stores) -> None:
    """Bring statistics up to date, so that plans are those of a database in use."""
    connection = psycopg2.connect(found.database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    connection.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Wait until somebody listens on ``port``."""
    until = time.monotonic() + _UP_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _flask(found: Stores, *command: str) -> None:
    subprocess.run(
        [*FLASK, *command],
        env={**os.environ, **settings(found)},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


FLASK = [sys.executable, "-m", "flask"]
_GUNICORN = [sys.executable, "-m", "gunicorn"]
