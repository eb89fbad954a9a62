"""Starts the local Model Service as a process of its own."""

import http.client
import json
import os
import socket
import sys
from pathlib import Path

from devstack.errors import PartError
from devstack.server import Server

_HOST = "127.0.0.1"


class ModelServer(Server):
    """A Model Service of our own, on a port of the loopback."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        variant: str = "b",
        *,
        log: Path | None = None,
    ) -> None:
        super().__init__("Model Service", log=log or folder / "model_service.log")
        self._folder = folder.resolve()
        self._variant = variant
        self._port = port or 0

    @property
    def url(self) -> str:
        """Its base URL; the port is known from the moment it has begun."""
        return f"http://{_HOST}:{self._port}"

    def begin(self) -> None:
        """Start it; it takes connections at once and answers a moment later."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._listen() as listening:
            self._port = listening.getsockname()[1]
            self._spawn(
                [
                    *(sys.executable, "-m", "devstack.model_service"),
                    *("--data", str(self._folder), "--variant", self._variant),
                    *("--port", str(self._port), "--fd", str(listening.fileno())),
                ],
                environment=os.environ,
                keep=[listening.fileno()],
            )

    def answers(self) -> bool:
        """Say whether the model is in service.

        Raises PartError when it never will be.
        """
        status = self.status()
        if status == "Failed":
            self.stop()
            raise PartError(self._fault("could not load its model"))
        return status == "InService"

    def status(self) -> str | None:
        """Return the status of its endpoint; None while nobody answers."""
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=5)
        try:
            connection.request("GET", "/endpoints")
            found = json.loads(connection.getresponse().read())["endpoints"][0]
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return str(found.get("EndpointStatus") or found.get("status"))

    def _listen(self) -> socket.socket:
        """Open the socket here: so the port is sure, and nobody else can take it."""
        try:
            return socket.create_server((_HOST, self._port), backlog=128)
        except OSError as error:
            message = f"the Model Service cannot have port {self._port}: {error}"
            raise PartError(message) from error


def start(
    folder: Path,
    port: int | None = None,
    variant: str = "b",
    *,
    log: Path | None = None,
) -> ModelServer:
    """Start a Model Service and wait until its model answers.

    Raises PartError with the reason when it cannot.
    """
    server = ModelServer(folder, port, variant, log=log)
    server.begin()
    server.wait_ready()
    return server
