"""The service as it is served, on a socket, with its log in a file."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.processes import Web
from tests.waiting import eventually
from tests.world import token

# Far less than what an injected pause would take, far more than any answer does.
_SECONDS = 15


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Served:
    """A web process of its own, and a connection to it."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.log = folder / "web.log"
        self.web = Web({**environment, "WEB_WORKERS": "1", "WEB_THREADS": "4"}, log=self.log)
        self._connection: http.client.HTTPConnection | None = None

    def start(self) -> None:
        self.web.begin()
        self.web.wait_ready()

    def wait_answer(self, path: str) -> None:
        """Wait until the process answers at all, whatever it says."""
        eventually(lambda: self._answers(path), seconds=60)

    def _answers(self, path: str) -> bool:
        try:
            return self.ask("GET", path).status > 0
        except OSError:
            self._hang_up()
            return False

    def stop(self) -> None:
        """End the process, so that everything it had to say is in its log."""
        self._hang_up()
        self.web.stop()

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = self._connection or http.client.HTTPConnection(
            "127.0.0.1", self.web.port, timeout=_SECONDS
        )
        self._connection = connection
        sent = {"Content-Type": "application/json"} if body is not None else {}
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, raw, {**sent, **(headers or {})})
        reply = connection.getresponse()
        answer = Answer(reply.status, dict(reply.getheaders()), reply.read())
        if reply.will_close:
            self._hang_up()
        return answer

    def lines(self) -> list[dict[str, Any]]:
        """Return what was logged; every line of it must be a JSON object."""
        text = self.log.read_bytes().decode()
        assert text.endswith("\n")
        found = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
        assert all(isinstance(line, dict) for line in found)
        return found

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def proof(name: str, *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(name, roles)}"}
