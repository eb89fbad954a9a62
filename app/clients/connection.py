"""Connections whose requests somebody else can break off, at any stage.

urllib3's timeouts count from one byte to the next. A request here is a Call as well, whose
deadline bounds name look-up and connecting, and whose ``stop`` ends whatever wait the
request is in: for the TLS handshake, for headers, for one more byte of a body.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from app.clients.addresses import Address, addresses_of
from app.domain.deadline import Deadline

# Servers close idle connections after two seconds (gunicorn) or five (uvicorn), perhaps
# at the moment when a request is sent. It would fail, and whether it was carried out
# nobody could tell; so no connection that has been idle for this long is used again.
IDLE_SECONDS = 1.5
_SHORTEST_WAIT = 0.001


class Call:
    """One request on its way, with a handle of its own on the socket that carries it.

    The connection's handle turns into another object when TLS is put on top, and is
    closed early when the other side says that it will close.
    """

    def __init__(
        self,
        *,
        seconds: float,
        connect_seconds: float,
        may_reach: Callable[[str], bool] | None = None,
    ) -> None:
        self.started = time.monotonic()
        self.deadline = Deadline.after(seconds)
        self.connect_seconds = connect_seconds
        self.may_reach = may_reach
        # Whether the remote was reached, and may have seen something of the request.
        self.connected = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._stopped = False
        # Whether this process stops, and could not wait for the answer.
        self.interrupted = False

    def hold(self, carrier: socket.socket) -> None:
        """Be carried by ``carrier`` until ``let_go``."""
        with self._lock:
            if self._handle is None:
                self._handle = _second_handle(carrier)
            if self._stopped:
                self._shut()

    def let_go(self) -> None:
        """Leave the socket alone from now on: it may carry another call."""
        with self._lock:
            handle, self._handle = self._handle, None
            if handle:
                handle.close()

    def stop(self) -> None:
        """Break the request off, from another thread."""
        with self._lock:
            self._stopped = True
            self._shut()

    def interrupt(self) -> None:
        """Break the request off because this process stops."""
        self.interrupted = True
        self.stop()

    def _shut(self) -> None:
        # It fails where the other side was faster.
        with suppress(OSError):
            if self._handle:
                self._handle.shutdown(socket.SHUT_RDWR)


class _Current(threading.local):
    call: Call | None = None


_current = _Current()


@contextmanager
def carrying(call: Call) -> Iterator[None]:
    """Make the request that this thread sends in the block the one of ``call``.

    The connection that takes it knows it from then on: its body may be read elsewhere.
    """
    _current.call = call
    try:
        yield
    finally:
        _current.call = None


class GuardedConnection(HTTPConnection):
    """Carries this thread's call; ``rest`` notes that it is over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle_since = time.monotonic()
        self._carried: Call | None = None

    @property
    def is_connected(self) -> bool:
        """Whether a request may be sent: neither closed by the other side, nor too old."""
        idle = time.monotonic() - self._idle_since
        return idle < IDLE_SECONDS and super().is_connected

    def connect(self) -> None:
        """Connect within the time that the call has for it."""
        super().connect()
        _call().connected = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the call's request."""
        self._carried = _call()
        if self.sock:
            _call().hold(self.sock)
            _call().connected = True
        super().request(*args, **kwargs)

    def rest(self) -> None:
        """Wait for the next call."""
        if self._carried:
            self._carried.let_go()
            self._carried = None
        self._idle_since = time.monotonic()

    def _new_conn(self) -> socket.socket:
        call = _call()
        limit = Deadline.after(min(call.connect_seconds, call.deadline.remaining()))
        try:
            carrier = self._connected(limit, call.may_reach)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection: {error}") from error
        carrier.settimeout(max(_SHORTEST_WAIT, call.deadline.remaining()))
        call.hold(carrier)
        return carrier

    def _connected(self, limit: Deadline, may_reach: Callable[[str], bool] | None) -> socket.socket:
        """Return a socket connected to the first address that takes one.

        Asking about the address that is then connected to leaves no time for the name to
        stand for another one.
        """
        failure: OSError = OSError("the name has no address, or none that may be reached")
        for address in addresses_of(self._dns_host, self.port, seconds=limit.remaining()):
            if may_reach and not may_reach(address[-1][0]):
                continue
            try:
                return _connect(address, max(_SHORTEST_WAIT, limit.remaining()))
            except OSError as error:
                failure = error
        raise failure


class GuardedTLSConnection(GuardedConnection, HTTPSConnection):
    """The same with TLS on top."""


class GuardedPool(HTTPConnectionPool):
    """Keeps connections for the next call."""

    ConnectionCls = GuardedConnection

    def _put_conn(self, conn: Any) -> None:
        if conn:
            conn.rest()
        super()._put_conn(conn)


class GuardedTLSPool(GuardedPool, HTTPSConnectionPool):
    """The same with TLS on top."""

    ConnectionCls = GuardedTLSConnection


def _call() -> Call:
    if _current.call is None:
        message = "a guarded connection is used inside `carrying` only"
        raise RuntimeError(message)
    return _current.call


def _second_handle(carrier: socket.socket) -> socket.socket:
    descriptor = os.dup(carrier.fileno())
    return socket.socket(carrier.family, carrier.type, carrier.proto, fileno=descriptor)


def _connect(address: Address, seconds: float) -> socket.socket:
    family, kind, protocol, _, place = address
    carrier = socket.socket(family, kind, protocol)
    try:
        carrier.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        carrier.settimeout(seconds)
        carrier.connect(place)
    except BaseException:
        carrier.close()
        raise
    return carrier
