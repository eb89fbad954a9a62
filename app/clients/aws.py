"""Operations of AWS, sent by our own HTTP client, so that its deadlines hold.

boto3 finds credentials, signs, and reads answers and errors. It would send a prompt to a
silent model three times, and its timeouts count from one byte to the next; so the sending
is ours. Nothing is looked for before the first call: not even credentials.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import NoCredentialsError
from botocore.parsers import ResponseParserError

from app.clients.aws_client import AwsClient, header_texts, in_background
from app.clients.http import HttpClient, Remote
from app.clients.http_answer import HttpStream, RemoteError
from app.domain.deadline import Deadline

# What boto3's parsers raise for bodies that are none of AWS's.
_UNREADABLE = (
    *(ResponseParserError, ValueError, TypeError),
    *(AttributeError, LookupError, RecursionError),
)


_REMOTE = Remote(name="aws", url="")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsPlace:
    """A region, the default one where it is None; ``url`` stands for all of its services.

    ``remote`` is how to reach them, less their names and URLs.
    """

    region: str | None = None
    url: str | None = None
    remote: Remote = _REMOTE


class AwsAnswer:
    """What an operation says; as a context manager it ends the call.

    ``started`` is when it was asked, on the monotonic clock.
    """

    def __init__(self, said: Mapping[str, Any], http: HttpStream, started: float) -> None:
        self.said = said
        self.http = http
        self.started = started

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def body(self) -> bytes:
        """Return the whole body; raises RemoteError."""
        body: bytes = self.said["Body"].read()
        return body


@dataclass(slots=True)
class _Sending:
    """How this thread's operation is sent; ``on_failure`` ends what it has sent."""

    service: str
    deadline: Deadline
    idle_seconds: float | None
    on_failure: ExitStack
    http: HttpStream | None = None


class _Current(threading.local):
    sending: _Sending | None = None


_current = _Current()


class Aws:
    """Calls operations in one place; safe for threads, and in a process forked later."""

    def __init__(self, place: AwsPlace) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._clients: dict[tuple[int, str], Future[AwsClient]] = {}
        self._http: dict[tuple[str, str], HttpClient] = {}

    def call(
        self,
        service: str,
        operation: str,
        arguments: Mapping[str, Any],
        *,
        deadline: Deadline,
        idle_seconds: float | None = None,
    ) -> AwsAnswer:
        """Call one operation, once, and return the answer when its headers are there.

        The deadline covers everything, finding credentials and reading the body as well.
        Raises RemoteError, and botocore's errors for what AWS refuses; for settings of the
        machine that boto3 cannot use, ValueError and OSError.
        """
        ask = getattr(self._operations(service, deadline), operation)
        started = time.monotonic()
        with ExitStack() as on_failure:
            sending = _Sending(service, deadline, idle_seconds, on_failure)
            said = self._said(sending, partial(ask, **arguments))
            assert sending.http, "every operation is sent"
            on_failure.pop_all()
        return AwsAnswer(said, sending.http, started)

    def _said(self, sending: _Sending, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        _current.sending = sending
        try:
            return ask()
        except NoCredentialsError:
            # Somebody may put them there.
            self._forget(sending.service)
            raise
        except _UNREADABLE as error:
            if sending.http is None:
                raise
            raise RemoteError(sending.service, "broken") from error
        finally:
            _current.sending = None

    def _operations(self, service: str, deadline: Deadline) -> Any:
        try:
            client = self._client(service).result(deadline.remaining())
            client.renew(deadline)
        except TimeoutError as error:
            raise RemoteError(service, "timeout") from error
        except Exception:
            self._forget(service)
            raise
        return client.operations

    def _client(self, service: str) -> "Future[AwsClient]":
        # A child process has not its parent's threads, which may be at it just now.
        key = (os.getpid(), service)
        with self._lock:
            if key not in self._clients:
                place = self._place
                make = partial(
                    AwsClient, service, region=place.region, url=place.url, send=self._send
                )
                self._clients[key] = in_background(make, name=f"meet {service}")
            return self._clients[key]

    def _forget(self, service: str) -> None:
        with self._lock:
            self._clients.pop((os.getpid(), service), None)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Send what boto3 has signed."""
        sending = _current.sending
        assert sending, "operations are called by `call` alone"
        url = urlsplit(request.url)
        http = self._client_of(sending.service, f"{url.scheme}://{url.netloc}").stream(
            request.method,
            f"{url.path}?{url.query}" if url.query else url.path,
            body=request.body or None,
            headers=header_texts(request),
            deadline=sending.deadline.remaining(),
            idle_seconds=sending.idle_seconds,
        )
        sending.http = sending.on_failure.enter_context(http)
        return AWSResponse(request.url, http.status, http.headers, _Raw(http))

    def _client_of(self, service: str, origin: str) -> HttpClient:
        with self._lock:
            if (service, origin) not in self._http:
                remote = replace(self._place.remote, name=service, url=origin)
                self._http[service, origin] = HttpClient(remote)
            return self._http[service, origin]


class _Raw:
    """A body in the form in which botocore reads it."""

    def __init__(self, http: HttpStream) -> None:
        self._http = http

    def stream(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        return iter(self._http)

    def read(self, _: int | None = None) -> bytes:
        """Return all of the body: nobody here asks for less."""
        return self._http.read()
