"""What a remote answers: a whole reply, a body that is still on its way, or no answer."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self

import orjson
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError

from app.clients.connection import Call
from app.errors import Unavailable
from app.utils import watchdog

_PIECE = 65_536
# What follows the last word of a body is a few bytes, sent with it or right after it.
_END_SECONDS = 0.05
_REST_SECONDS = 2.0

FailureKind = Literal["unreachable", "timeout", "too_large", "broken", "interrupted"]
_TOLD: Mapping[FailureKind, str] = {
    "unreachable": "cannot be reached",
    "timeout": "did not answer in time",
    "too_large": "answered with more than is read",
    "broken": "broke off its answer, or sent one that is no HTTP",
    "interrupted": "was not waited for any longer: the service stops",
}


class RemoteError(Unavailable):
    """A remote gave no answer that could be read; the message names no host.

    Only after ``unreachable`` it is certain that the remote has seen nothing of the request.
    """

    code = "remote_unavailable"

    def __init__(self, remote: str, kind: FailureKind) -> None:
        super().__init__(f"{remote} {_TOLD[kind]}")
        self.remote = remote
        self.kind: FailureKind = kind


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer, whatever its status; ``headers`` are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return is_success(self.status)

    def json_object(self) -> dict[str, Any]:
        """Return the JSON object in the body, empty where there is none."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return value if isinstance(value, dict) else {}


def is_success(status: int) -> bool:
    """Say whether a status is 2xx."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Failures:
    """Tells what the failure of one call is; ``timer`` breaks it off at its deadline."""

    remote: str
    call: Call
    timer: watchdog.Timer

    @contextmanager
    def told(self) -> Iterator[None]:
        """Make every failure in the block a RemoteError."""
        try:
            yield
        except (HTTPError, OSError) as error:
            if self.call.interrupted:
                raise RemoteError(self.remote, "interrupted") from error
            is_late = self.timer.expired or isinstance(error, ReadTimeoutError)
            if is_late or not self.call.deadline.remaining():
                raise RemoteError(self.remote, "timeout") from error
            kind: FailureKind = "broken" if self.call.connected else "unreachable"
            raise RemoteError(self.remote, kind) from error
        # A body that ends with its connection looks whole when it was broken off.
        if self.call.interrupted:
            raise RemoteError(self.remote, "interrupted")
        if self.timer.expired:
            raise RemoteError(self.remote, "timeout")


class HttpStream:
    """An answer whose body is still on its way; as a context manager it ends the call.

    Any thread may read or close it, one at a time. A body that is not read to its end
    costs the connection, and tells the remote that nobody listens any more.
    """

    def __init__(
        self,
        answer: BaseHTTPResponse,
        failures: Failures,
        *,
        max_bytes: int,
        on_end: ExitStack,
        tell: Callable[[str], None],
    ) -> None:
        self.status: int = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self._answer = answer
        self._failures = failures
        self._left = max_bytes
        self._is_whole = False
        self._outcome = f"{answer.status // 100}xx"
        self._tell: Callable[[str], None] | None = tell
        self._on_end = on_end
        on_end.callback(self._release)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body as it comes; raises RemoteError."""
        while piece := self._read():
            yield piece

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return is_success(self.status)

    @property
    def has_events(self) -> bool:
        """Whether the body says of itself that it is an event stream, or nothing at all."""
        kind = self.headers.get("Content-Type", "text/event-stream")
        return kind.partition(";")[0].strip().lower() == "text/event-stream"

    def read(self) -> bytes:
        """Return what is left of the body; raises RemoteError."""
        return b"".join(self)

    def reply(self) -> HttpReply:
        """Return the whole answer; raises RemoteError."""
        body = self.read()
        elapsed = time.monotonic() - self._failures.call.started
        return HttpReply(self.status, self.headers, body, round(1000 * elapsed))

    def hurry(self) -> None:
        """Wait only a moment longer for the rest: all that matters is there."""
        self._on_end.enter_context(
            watchdog.limit(_REST_SECONDS, on_expiry=self._failures.call.stop)
        )

    def finish(self) -> None:
        """Read the end of a body that has said all it had to say, if it comes at once.

        Then the connection can be used again, which over TLS saves the next call a lot.
        """
        outcome, call = self._outcome, self._failures.call
        with watchdog.limit(_END_SECONDS, on_expiry=call.stop) as timer, suppress(RemoteError):
            while self._read():
                pass
        self._outcome = outcome
        self._is_whole = self._is_whole and not timer.expired

    def close(self) -> None:
        """End the call; doing so again does nothing."""
        self._on_end.close()
        tell, self._tell = self._tell, None
        if tell:
            tell(self._outcome)

    def _read(self) -> bytes:
        """Return the next bytes, empty at the end."""
        try:
            with self._failures.told():
                piece = self._answer.read1(_PIECE)
            self._count(len(piece))
        except RemoteError as error:
            self._outcome = error.kind
            raise
        self._is_whole = not piece
        return piece

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise RemoteError(self._failures.remote, "too_large")

    def _release(self) -> None:
        if not self._is_whole:
            self._answer.close()
        self._answer.release_conn()
