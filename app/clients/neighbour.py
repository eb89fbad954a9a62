"""Services that may be absent: asked briefly, remembered briefly, done without when down."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.clients.cache import Cache
from app.clients.circuit import Circuit
from app.clients.http import HttpClient
from app.clients.http_answer import HttpReply, RemoteError

_T = TypeVar("_T")
_REMEMBERED_SECONDS = 30.0
# What one caller found out, that it is down, holds for the others that long.
_REST_SECONDS = 5.0


class Neighbour:
    """Asks a service and takes None for an answer; ``seconds`` bound each call."""

    def __init__(self, http: HttpClient, cache: Cache, *, seconds: float) -> None:
        self._http = http
        self._cache = cache
        self._seconds = seconds
        self._circuit = Circuit(_REST_SECONDS)

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply | None:
        """Return the answer, None when the service is down, slow or broken."""
        if not self._circuit.lets_through():
            return None
        try:
            reply = self._http.request(
                method, path, deadline=self._seconds, json=json, headers=headers
            )
        except RemoteError:
            self._circuit.failed()
            return None
        self._circuit.succeeded()
        return reply

    def answers(self) -> bool:
        """Say whether anybody is there, whatever is answered; nothing is remembered."""
        try:
            self._http.request("GET", "/health", deadline=self._seconds)
        except RemoteError:
            return False
        return True

    def remembered(self, key: str, ask: Callable[[], _T | None]) -> _T | None:
        """Return what was answered lately, or what ``ask`` finds; None is not remembered."""
        kept = self._cache.get(key)
        if isinstance(kept, dict) and "value" in kept:
            value: _T = kept["value"]
            return value
        found = ask()
        if found is not None:
            self._cache.set(key, {"value": found}, seconds=_REMEMBERED_SECONDS)
        return found
