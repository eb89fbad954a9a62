"""Servers on loopback that say exactly what a test wants, byte by byte."""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

Handler = Callable[["Visit"], None]


class Visit:
    """One connection, as the server sees it."""

    def __init__(self, server: "LoopbackServer", connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._received = b""

    def request(self) -> bytes | None:
        """Read one whole request and note it; None once the client has gone."""
        while b"\r\n\r\n" not in self._received:
            if not self._receive():
                return None
        head, _, rest = self._received.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        while len(rest) < length:
            if not self._receive():
                return None
            rest = self._received.partition(b"\r\n\r\n")[2]
        whole, self._received = head + b"\r\n\r\n" + rest[:length], rest[length:]
        self._server.requests.append(whole)
        return whole

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def drip(self, data: bytes = b" ", *, every: float = 0.02) -> None:
        """Send ``data`` byte by byte, and its last byte for ever."""
        place = 0
        while not self._server.closing.wait(every):
            self.send(data[place : place + 1])
            place = min(place + 1, len(data) - 1)

    def hang(self) -> None:
        """Say nothing any more."""
        self._server.closing.wait()

    def reset(self) -> None:
        """End the connection with a reset."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def over_tls(self, context: ssl.SSLContext) -> "Visit":
        return Visit(self._server, context.wrap_socket(self._connection, server_side=True))

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()

    def _receive(self) -> bool:
        piece = self._connection.recv(65_536)
        self._received += piece
        return bool(piece)


class LoopbackServer:
    """Lets ``handler`` talk to each connection in a thread, and ends them all on close."""

    def __init__(self, handler: Handler) -> None:
        self.requests: list[bytes] = []
        self.visits = 0
        self.closing = threading.Event()
        self._handler = handler
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            # Closing alone would leave the thread in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            self._connections.append(connection)
            thread = threading.Thread(target=self._talk, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        visit = Visit(self, connection)
        with suppress(OSError):
            self._handler(visit)
        visit.close()
        with suppress(OSError):
            connection.close()


def reply(body: object = b"", status: int = 200, **headers: str) -> bytes:
    """Return an answer; ``body`` is bytes, or what becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(raw)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def always(body: object = b"", status: int = 200, **headers: str) -> Handler:
    """Return a handler that answers every request alike."""

    def handle(visit: Visit) -> None:
        while visit.request() is not None:
            visit.send(reply(body, status, **headers))

    return handle
