"""Somebody who listens to answers over the network, as they come."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from urllib3 import BaseHTTPResponse, Timeout, connection_from_url
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from app.domain.event_stream import events_of
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

    def __init__(self, answer: BaseHTTPResponse) -> None:
        self.heard: list[Heard] = []
        self.headers = answer.headers
        self._answer = answer
        self._events = self._read()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Heard:
        return next(self._events)

    def leave(self) -> None:
        """Go away, at once."""
        connection = getattr(self._answer.connection, "sock", None)
        with suppress(OSError):
            if connection:
                connection.shutdown(socket.SHUT_RDWR)
        self._answer.close()

    def _read(self) -> Iterator[Heard]:
        try:
            for event in events_of(self._answer.stream(65_536)):
                heard = Heard(event.event, json.loads(event.data), event.last_id)
                self.heard.append(heard)
                yield heard
                if heard.name in {"response", "error"}:
                    return
        except (HTTPError, OSError, ValueError) as error:
            raise NoAnswer from error
        finally:
            self._answer.close()
        raise NoAnswer


class Listener:
    """A person who asks for streams; ``seconds`` is the longest silence it bears."""

    def __init__(self, url: str, name: str, *roles: str, seconds: float = 15.0) -> None:
        self.name = name
        self._url = url
        self._token = token(name, roles or ("user",))
        self._timeout = Timeout(seconds)

    def ask(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Listening:
        """POST for a stream; raises NeverSent, NoAnswer and Refused."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._open("POST", path, headers, json={**body, "stream": True})

    def follow(self, response_id: str, *, last: int | None = None) -> Listening:
        """Follow an answer, from behind the token ``last`` where there is one."""
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        return self._open("GET", f"/responses/{response_id}/stream", headers)

    def _open(self, method: str, path: str, headers: dict[str, str], **sent: Any) -> Listening:
        # A connection of its own each time, so that every web process gets its share.
        pool = connection_from_url(self._url, maxsize=1, retries=False, timeout=self._timeout)
        headers = {"Authorization": f"Bearer {self._token}", **headers}
        try:
            answer = pool.request(method, path, headers=headers, preload_content=False, **sent)
            if answer.status != 200:
                raise Refused(answer.status, answer.data)
        except (NewConnectionError, MaxRetryError) as error:
            raise NeverSent from error
        except (HTTPError, OSError) as error:
            raise NoAnswer from error
        return Listening(answer)
