"""One person at a program that talks to the service over the network."""

import json
from dataclasses import dataclass
from typing import Any

from urllib3 import HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from tests.world import token


class NeverSent(Exception):
    """Nobody took the connection: the service has seen nothing of the request."""


class NoAnswer(Exception):
    """The connection ended, or the time was up: what the service did is unknown."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Keeps its connections; ``seconds`` is how long it waits for an answer."""

    def __init__(self, url: str, name: str, *roles: str, seconds: float = 15.0) -> None:
        self.name = name
        self._roles = roles or ("user",)
        self._pool: HTTPConnectionPool = connection_from_url(
            url, maxsize=8, retries=False, timeout=Timeout(seconds)
        )

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        keep: bool = True,
    ) -> Reply:
        """Send one request once; raises NeverSent and NoAnswer.

        Without ``keep`` the connection is closed after it.
        """
        # A new proof each time: tests may take longer than one is good for.
        headers = {
            "Authorization": f"Bearer {token(self.name, self._roles)}",
            **({"Idempotency-Key": key} if key else {}),
            **({} if keep else {"Connection": "close"}),
        }
        try:
            answer = self._pool.request(
                method, path, headers=headers, **({} if body is None else {"json": body})
            )
        except (NewConnectionError, MaxRetryError) as error:
            raise NeverSent from error
        except (HTTPError, OSError) as error:
            raise NoAnswer from error
        return Reply(answer.status, answer.headers, answer.data)

    def get(self, path: str) -> Reply:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Reply:
        return self.call("POST", path, body, key=key)

    def made(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Return the body of the 201 that a POST has to get."""
        reply = self.post(path, body, key=key)
        assert reply.status == 201, (reply.status, reply.body)
        return reply.json

    def found(self, path: str) -> Any:
        """Return the body of the 200 that a GET has to get."""
        reply = self.get(path)
        assert reply.status == 200, (reply.status, reply.body)
        return reply.json

    def every(self, path: str) -> list[Any]:
        """Return the items of all pages of a list."""
        items, cursor = [], ""
        while True:
            page = self.found(f"{path}?limit=100{cursor}")
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={page['next_cursor']}"
