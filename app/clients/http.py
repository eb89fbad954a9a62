"""Requests to one remote over HTTP, bounded in time and size, logged and counted.

Pooled urllib3 rather than requests or httpx: a proxied call costs about 2 ms with it and 3
with either of those, a third more calls a second, and nothing they add is wanted here.
There are no redirects, no retries, no proxies out of the environment: a POST that may
have arrived is never sent twice.
"""

import os
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import structlog
from prometheus_client import Histogram
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout

from app.clients.connection import Call, GuardedPool, GuardedTLSPool, carrying
from app.clients.http_answer import Failures, HttpReply, HttpStream, RemoteError
from app.utils import stopping, watchdog

_log = structlog.get_logger(__name__)
_SECONDS = Histogram(
    "remote_request_duration_seconds",
    "How long remotes took to answer, by what came of it.",
    ["remote", "outcome"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A service by name and base URL; ``connections`` are kept, one a thread at least.

    ``may_reach`` says of each address that its name stands for whether to connect to it.
    """

    name: str
    url: str
    connect_seconds: float = 5.0
    max_bytes: int = 1_048_576
    connections: int = 64
    may_reach: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is sent; ``path`` is the whole one."""

    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]
    idle_seconds: float | None


def path_segment(text: str) -> str:
    """Return ``text`` as one segment of a path, which it cannot leave.

    Raises ValueError for dots, which go up in a path however they are written.
    """
    if text in {"", ".", ".."}:
        message = f"expected a name for a path, found {text!r}"
        raise ValueError(message)
    return quote(text, safe="")


class HttpClient:
    """Sends requests to one remote; safe for threads, and in a process forked later."""

    def __init__(self, remote: Remote) -> None:
        self.name = remote.name
        self._remote = remote
        self._prefix = urlsplit(remote.url).path.rstrip("/")
        self._pool = _pool(remote)
        self._process = os.getpid()

    def request(
        self,
        method: str,
        path: str,
        *,
        deadline: float,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Send one request and return the whole answer, ``deadline`` seconds later at most.

        The deadline covers everything: name look-up, connecting, TLS, headers and body.
        Raises RemoteError.
        """
        with self.stream(method, path, deadline=deadline, json=json, headers=headers) as answer:
            return answer.reply()

    def stream(
        self,
        method: str,
        path: str,
        *,
        deadline: float,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idle_seconds: float | None = None,
    ) -> HttpStream:
        """Send one request and return the answer once its headers are there.

        The deadline is for the body as well, as it is in ``request``; ``idle_seconds`` is
        the longest silence, before the headers and within the body. Raises RemoteError, as
        reading the body does. The answer is a context manager: leaving it ends the call.
        """
        request = _Request(
            method=method,
            path=self._prefix + path,
            body=body if json is None else orjson.dumps(json),
            headers=_headers(headers or {}, has_json=json is not None),
            idle_seconds=idle_seconds,
        )
        call = Call(
            seconds=deadline,
            connect_seconds=self._remote.connect_seconds,
            may_reach=self._remote.may_reach,
        )
        tell = partial(self._tell, method, time.monotonic())
        try:
            return self._answered(call, request, tell)
        except RemoteError as error:
            tell(error.kind)
            raise

    def _answered(self, call: Call, request: "_Request", tell: Callable[[str], None]) -> HttpStream:
        seconds = call.deadline.remaining()
        if not seconds:
            raise RemoteError(self.name, "timeout")
        with ExitStack() as on_failure:
            until_end = ExitStack()
            on_failure.callback(until_end.close)
            timer = until_end.enter_context(watchdog.limit(seconds, on_expiry=call.stop))
            until_end.enter_context(stopping.breaking_off(call.interrupt))
            until_end.callback(call.let_go)
            failures = Failures(self.name, call, timer)
            with failures.told(), carrying(call):
                answer = HttpStream(
                    self._send(call, request),
                    failures,
                    max_bytes=self._remote.max_bytes,
                    on_end=until_end,
                    tell=tell,
                )
            # None was asked for; unpacking one could make any size of a small body.
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise RemoteError(self.name, "broken")
            on_failure.pop_all()
        return answer

    def _send(self, call: Call, request: "_Request") -> BaseHTTPResponse:
        left = call.deadline.remaining() or None
        return self._own_pool().urlopen(
            request.method,
            request.path,
            body=request.body,
            headers=request.headers,
            retries=False,
            timeout=Timeout(left, read=request.idle_seconds or left),
            preload_content=False,
            decode_content=False,
        )

    def _own_pool(self) -> HTTPConnectionPool:
        # Two processes that share a socket read each other's answers.
        if self._process != os.getpid():
            self._pool, self._process = _pool(self._remote), os.getpid()
        return self._pool

    def _tell(self, method: str, started: float, outcome: str) -> None:
        seconds = time.monotonic() - started
        _SECONDS.labels(self.name, outcome).observe(seconds)
        _log.info(
            "remote.request",
            remote=self.name,
            method=method,
            outcome=outcome,
            duration_ms=round(1000 * seconds, 1),
        )


def _pool(remote: Remote) -> HTTPConnectionPool:
    url = urlsplit(remote.url)
    host, size = url.hostname or "", remote.connections
    if url.scheme != "https":
        return GuardedPool(host, url.port, maxsize=size)
    # One for all connections: loading the authorities takes tens of milliseconds.
    return GuardedTLSPool(host, url.port, maxsize=size, ssl_context=ssl.create_default_context())


def _headers(headers: Mapping[str, str], *, has_json: bool) -> dict[str, str]:
    usual = {"Accept": "application/json", "Accept-Encoding": "identity"}
    usual |= {"Content-Type": "application/json"} if has_json else {}
    given = {name.lower() for name in headers}
    return {name: usual[name] for name in usual if name.lower() not in given} | dict(headers)
