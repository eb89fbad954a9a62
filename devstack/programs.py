"""The programs of the service itself: web, worker, and what prepares the database."""

import http.client
import sys
from collections.abc import Mapping
from signal import SIGKILL, SIGTERM

from devstack.child import Child

_PYTHON = (sys.executable, "-m")
_COMMANDS = {
    "web": (*_PYTHON, "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"),
    "worker": (*_PYTHON, "flask", "--app", "app", "worker"),
}
_GRACE_SECONDS = 75.0


class Program(Child):
    """Web or worker, speaking to the terminal; stops when its work in hand is done."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        super().__init__(name)
        self._environment = {"PYTHONUNBUFFERED": "1", **environment}
        grace = _seconds(environment.get("GRACEFUL_SECONDS", "")) + 5
        self.stop_stages = ((SIGTERM, grace), (SIGKILL, 10.0))

    def begin(self) -> None:
        """Start it."""
        self._spawn(_COMMANDS[self.name], environment=self._environment)


def is_ready(host: str, port: int) -> bool:
    """Say whether the web process answers that it is ready."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    """Return the address to reach what is bound to ``host`` from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _seconds(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return _GRACE_SECONDS
