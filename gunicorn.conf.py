"""How gunicorn serves the application; every number comes from the settings."""

import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_MADE_BY = "INTERACTION_METRICS_MADE_BY"


def _make_metrics_folder() -> None:
    """Give the workers an empty folder to add up their metrics in; a reload keeps it.

    It must be there before the application is imported: its metrics look for it then.
    """
    if os.environ.get(_MADE_BY) == str(os.getpid()):
        return
    fresh = Path(tempfile.gettempdir(), f"interaction-metrics-{os.getpid()}")
    folder = Path(os.environ.setdefault(_METRICS, str(fresh)))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[_MADE_BY] = str(os.getpid())


def _remove_metrics_folder() -> None:
    shutil.rmtree(os.environ[_METRICS], ignore_errors=True)


_make_metrics_folder()

import structlog
from gunicorn import util
from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker
from prometheus_client import multiprocess

from app.config import Config
from app.db import lone_transaction
from app.errors import ConfigurationError
from app.services import readiness
from app.utils import stopping

# As the application calls them.
_CODES = {400: "malformed", 408: "slow_request", 500: "internal"}

try:
    _settings = Config.from_environment(os.environ)
except ConfigurationError as refused:
    _remove_metrics_folder()
    sys.exit(refused.message)


def _write_problem(client: socket.socket, status: int, reason: str, message: str) -> None:
    """Answer what never reaches the application in the application's own form."""
    request_id = uuid.uuid4().hex
    code = _CODES.get(status, HTTPStatus(status).name.lower())
    problem = {
        "type": f"urn:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message if status < HTTPStatus.INTERNAL_SERVER_ERROR else reason,
        "code": code,
        "request_id": request_id,
    }
    body = json.dumps(problem)
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
        f"X-Request-ID: {request_id}\r\n\r\n"
    )
    util.write_nonblock(client, (head + body).encode("latin1", "replace"))


def _other_threads() -> list[threading.Thread]:
    """Return the threads that the process would wait for at its end."""
    main = threading.main_thread()
    return [one for one in threading.enumerate() if one is not main and not one.daemon]


# There is no setting for this, and HTML is no answer to a program.
util.write_error = _write_problem


class BoundedThreadWorker(ThreadWorker):
    """gthread with a deadline for request heads, which refuses callers once it stops.

    gthread reads a request's head on one of its threads for as long as the caller
    likes: as many dripping callers as threads would hold the whole worker.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._heads: dict[TConn, float] = {}
        self._stops_at = 0.0

    def run(self) -> None:
        """Serve until stopped, then wait for recordings that nobody listens to any more.

        To the master a worker is alive as long as it says so.
        """
        super().run()
        while time.monotonic() < self._stops_at and (busy := _other_threads()):
            self.notify()
            busy[0].join(1.0)

    def handle(self, conn: TConn) -> object:
        """Serve one request, which may take BODY_SECONDS to say what it wants."""
        self._heads[conn] = time.monotonic() + _settings.body_seconds
        try:
            return super().handle(conn)
        finally:
            self._heads.pop(conn, None)

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Go on without the deadline: from here on the application has its own."""
        self._heads.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """End what waits too long; the main loop comes here at least every second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self._heads.items()):
            if deadline < now and self._heads.pop(conn, None):
                with suppress(OSError):
                    _write_problem(conn.sock, 408, "Request Timeout", "the request took too long")
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def is_parent_alive(self) -> bool:
        """Say so; an orphan stops as if told to, and its successor finds the door free."""
        self.alive = self.alive and super().is_parent_alive()
        return self.alive

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  # As inherited.
        """On the way out, take who already waits and let go of the door.

        A caller who comes later is refused at once and can go elsewhere, instead of
        hanging in the backlog until this process ends.
        """
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        self._stops_at = time.monotonic() + _settings.graceful_seconds
        stopping.begin(
            stopping.seconds_to_run(
                graceful_seconds=_settings.graceful_seconds,
                longest_call_seconds=_settings.model_deadline_seconds,
            )
        )
        for listener in self.sockets:
            seen = -1
            while seen != self.nr_conns:
                seen = self.nr_conns
                self.accept(listener)
            listener.close()


bind = f"{_settings.bind_host}:{_settings.port}"
worker_class = BoundedThreadWorker
workers = _settings.web_workers
threads = _settings.web_threads
# Longer than the longest answer, so that a stop finishes what is in flight.
graceful_timeout = int(_settings.graceful_seconds)
# Watches a worker's main thread, not its requests; those have deadlines of their own.
timeout = 60
keepalive = 30

# Longest that gunicorn can take: cursors and model ids travel in the path and query.
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# Which proxies are trusted is TRUSTED_PROXIES' business, in the application.
forwarded_allow_ips = ""

# Nothing is written outside the temporary folder: the root file system is read-only.
control_socket_disable = True
# Heartbeats live in memory where there is some, so that they never wait for a disk.
_MEMORY = "/dev/shm"  # noqa: S108  # Only an unlinked file is ever made there.
worker_tmp_dir = _MEMORY if os.access(_MEMORY, os.W_OK) else None

# The application logs each request; gunicorn's own words take the same form.
accesslog = None
logconfig_dict = {
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": []},
    "loggers": {
        "gunicorn.error": {
            "level": _settings.log_level,
            "handlers": ["stderr"],
            "propagate": False,
        }
    },
}


def on_starting(server: Arbiter) -> None:
    """Refuse a database that may lose what it acknowledges."""
    faults = readiness.broken_promises(partial(lone_transaction, _settings.sqlalchemy_url))
    if faults:
        _remove_metrics_folder()
        sys.exit(ConfigurationError(faults).message)


def on_exit(server: Arbiter) -> None:
    """Leave nothing behind."""
    _remove_metrics_folder()


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Take a dead worker out of the gauges that count the living."""
    multiprocess.mark_process_dead(worker.pid)
