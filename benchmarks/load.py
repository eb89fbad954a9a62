"""A closed-loop load generator: so many connections, each with one request in flight.

One thread and raw sockets, because the generator shares the machine's cores with what it
measures. Throughput times mean latency must equal the number of connections, or the clock
was read wrongly; that is checked.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Request = Callable[[int], bytes]
_TOLERANCE = 0.15


@dataclass(slots=True)
class Measured:
    """What a run showed; latencies in milliseconds."""

    connections: int
    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        """Median latency in milliseconds."""
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        """99th percentile of latency in milliseconds."""
        return statistics.quantiles(self.latencies, n=100)[98]

    def check(self, status: int) -> None:
        """Refuse a run whose answers were others than ``status`` or whose clock is off."""
        if set(self.statuses) != {status}:
            message = f"expected only {status}, found {self.statuses}"
            raise RuntimeError(message)
        in_flight = self.per_second * statistics.fmean(self.latencies) / 1000
        if abs(in_flight - self.connections) > _TOLERANCE * self.connections:
            message = f"expected {self.connections} in flight, found {in_flight:.1f}"
            raise RuntimeError(message)


@dataclass(slots=True)
class _Connection:
    """One connection and the answer that is coming in."""

    socket: socket.socket
    started: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        """Begin a request."""
        self.received.clear()
        self.started = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> int | None:
        """Read what is there; return the status once the answer is whole."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            message = "the server closed a connection in use"
            raise RuntimeError(message)
        self.received += chunk
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        lower = head.lower()
        place = lower.find(b"content-length:")
        if place < 0:
            done = body.endswith(b"0\r\n\r\n")
        else:
            done = len(body) >= int(lower[place + 15 :].split(b"\r\n", 1)[0])
        return int(head[9:12]) if done else None


def run(port: int, request: Request, *, connections: int, seconds: float) -> Measured:
    """Keep ``connections`` requests in flight for ``seconds``; ``request(n)`` is the n-th one."""
    selector = selectors.DefaultSelector()
    opened = [_open(port, selector) for _ in range(connections)]
    statuses: dict[int, int] = {}
    latencies: list[float] = []
    begun = time.perf_counter()
    for number, connection in enumerate(opened):
        connection.send(request(number))
    number, waiting = connections, connections
    while waiting:
        for key, _ in selector.select(timeout=30):
            connection = key.data
            status = connection.take()
            if status is None:
                continue
            now = time.perf_counter()
            latencies.append((now - connection.started) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
            if now - begun < seconds:
                connection.send(request(number))
                number += 1
            else:
                waiting -= 1
    ended = time.perf_counter()
    for connection in opened:
        connection.socket.close()
    return Measured(connections, ended - begun, latencies, statuses)


def _open(port: int, selector: selectors.BaseSelector) -> _Connection:
    connected = socket.create_connection(("127.0.0.1", port), timeout=60)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = _Connection(connected)
    selector.register(connected, selectors.EVENT_READ, connection)
    return connection


def http(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    """Return a request's bytes."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if token:
        head.append(f"Authorization: Bearer {token}")
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
