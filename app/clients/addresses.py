"""Names of hosts turned into addresses, within a time of ours.

The system's resolver knows no deadline: a name server that does not answer holds it for
tens of seconds. So it works in a thread of its own, one for each name, and who asked
waits only as long as there is time.
"""

import os
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

# What getaddrinfo tells of one way to a host, as the arguments of a socket and its connect.
Address = tuple[int, int, int, str, Any]


class _Resolver:
    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a child process has to: its parent's threads are not there."""
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, int], Future[Sequence[Address]]] = {}

    def start(self, host: str, port: int) -> "Future[Sequence[Address]]":
        """Return the answer to come; who asks meanwhile waits for the same one."""
        with self._lock:
            known = self._pending.get((host, port))
            if known:
                return known
            answer: Future[Sequence[Address]] = Future()
            self._pending[host, port] = answer
        name = f"resolve {host}"
        threading.Thread(target=self._run, args=(host, port), name=name, daemon=True).start()
        return answer

    def _run(self, host: str, port: int) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self._pop(host, port).set_exception(error)
        else:
            self._pop(host, port).set_result(found)

    def _pop(self, host: str, port: int) -> "Future[Sequence[Address]]":
        with self._lock:
            return self._pending.pop((host, port))


_resolver = _Resolver()
os.register_at_fork(after_in_child=_resolver.forget)


def addresses_of(host: str, port: int, *, seconds: float) -> Sequence[Address]:
    """Return where ``host`` may be reached, the best address first.

    Raises OSError when the name is unknown and TimeoutError when that is not known in time.
    """
    try:
        with suppress(OSError):
            return _numeric(host, port)
        return _resolver.start(host, port).result(seconds)
    except UnicodeError as error:
        message = "the name of the host cannot be encoded"
        raise OSError(message) from error


def _numeric(host: str, port: int) -> Sequence[Address]:
    """Return the address that ``host`` is already; asks no name server."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
