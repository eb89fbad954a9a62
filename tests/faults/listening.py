"""Somebody who listens to answers over the network, as they come."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Self
from urllib.parse import urlsplit

from app.domain.event_stream import records_of
from tests.events import Heard
from tests.faults.caller import NeverSent, NoAnswer
from tests.world import token


class Refused(Exception):
    """The answer was no stream, but a status and a body."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


class Listening:
    """One stream on a connection of its own; what was heard of it stays.

    Raises NoAnswer where it ends before the answer's own end.
    """

    def __init__(self, answer: HTTPResponse, connection: socket.socket) -> None:
        self.heard: list[Heard] = []
        self._answer = answer
        self._connection = connection
        self._events = self._read()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Heard:
        return next(self._events)

    def leave(self) -> None:
        """Go away, at once."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._answer.close()
        self._connection.close()

    def _read(self) -> Iterator[Heard]:
        try:
            for event in records_of(iter(lambda: self._answer.read1(65_536), b"")):
                heard = Heard(event.event, json.loads(event.data), event.last_id)
                self.heard.append(heard)
                if is_last := heard.name in {"response", "error"}:
                    self.leave()
                yield heard
                if is_last:
                    return
        except (HTTPException, OSError, ValueError) as error:
            raise NoAnswer from error
        finally:
            self.leave()
        raise NoAnswer


class Listener:
    """A person who asks for streams; ``seconds`` is the longest silence it bears."""

    def __init__(self, url: str, name: str, *roles: str, seconds: float = 15.0) -> None:
        self.name = name
        self._address = urlsplit(url)
        self._token = token(name, roles or ("user",))
        self._seconds = seconds

    def ask(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Listening:
        """POST for a stream; raises NeverSent, NoAnswer and Refused."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._open("POST", path, headers, {**body, "stream": True})

    def follow(self, response_id: str, *, last: int | None = None) -> Listening:
        """Follow an answer, from behind the token ``last`` where there is one."""
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        return self._open("GET", f"/responses/{response_id}/stream", headers)

    def _open(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> Listening:
        # A connection of its own each time, so that every web process gets its share.
        one = HTTPConnection(self._address.hostname, self._address.port, timeout=self._seconds)
        try:
            one.connect()
        except OSError as error:
            raise NeverSent from error
        connection = one.sock
        headers = {"Authorization": f"Bearer {self._token}", **headers}
        try:
            sent = {} if body is None else {"body": json.dumps(body)}
            kind = {} if body is None else {"Content-Type": "application/json"}
            one.request(method, path, headers={**headers, **kind}, **sent)
            answer = one.getresponse()
            refusal = None if answer.status == 200 else Refused(answer.status, answer.read())
        except (HTTPException, OSError) as error:
            connection.close()
            raise NoAnswer from error
        if refusal:
            connection.close()
            raise refusal
        return Listening(answer, connection)
