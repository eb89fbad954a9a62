"""The keys that tokens are signed with, from the issuer's key set over HTTP.

PyJWT reads the keys; fetching them is ours. Its PyJWKClient holds a lock while it fetches,
so that one slow answer stops everybody, has no deadline for an answer that drips, and
knows no key any more once its five minutes are over while the issuer is down.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import jwt
import structlog
from jwt import PyJWK

from app.clients.http import HttpClient, Remote
from app.clients.http_answer import RemoteError
from app.errors import InvalidToken, Unavailable

_logger = structlog.get_logger(__name__)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FETCH_SECONDS = 3.0
_LARGEST_SET = 262_144
# Keys are asked for again when they are this old, so that one that was withdrawn is
# refused 300 s later at most, whoever happens to be fetching.
_LIFESPAN_SECONDS = 290.0
# How soon an unknown key id, or a failure, may cause the next fetch: anybody can invent
# a key id, so tokens must not decide how often the issuer is asked.
_COOLDOWN_SECONDS = 30.0
_FIRST_COOLDOWN_SECONDS = 2.0
# While the issuer is down, keys that were good last are good that long.
_STALE_SECONDS = 3600.0


class KeyUnavailable(Unavailable):
    """The issuer's keys cannot be had at the moment."""

    code = "keys_unavailable"


class UnknownKey(InvalidToken):
    """The token names no key, or one that the issuer does not publish."""

    code = "unknown_key"


class KeySource(Protocol):
    """Knows the key that a token was signed with."""

    def key_for(self, token: str) -> PyJWK:
        """Return the key; raises UnknownKey and KeyUnavailable, and nothing else."""
        ...

    def answers(self) -> bool:
        """Say whether keys can be had at this moment."""
        ...


@dataclass(frozen=True, slots=True)
class _KeySet:
    """The keys as they were when they were fetched."""

    fetched_at: float = float("-inf")
    keys: dict[str, PyJWK] = field(default_factory=dict)


class JwksKeySource:
    """Keeps the issuer's keys, and asks for them when they are old or one is missing."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            message = "expected an https URL of a key set (http is for loopback only)"
            raise ValueError(message)
        origin = f"{parts.scheme}://{parts.netloc}"
        self._http = HttpClient(
            Remote(name="key set", url=origin, connect_seconds=2, max_bytes=_LARGEST_SET)
        )
        self._target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        self._clock = clock
        self._fetching = threading.Lock()
        self._set = _KeySet()
        self._not_before = float("-inf")

    def key_for(self, token: str) -> PyJWK:
        """Return the key that ``token`` names."""
        key_id = _key_id(token)
        if self._clock() - self._set.fetched_at > _LIFESPAN_SECONDS:
            self._refresh()
        key = self._set.keys.get(key_id)
        if key is None:
            self._refresh()
            key = self._set.keys.get(key_id)
        if self._clock() - self._set.fetched_at > _STALE_SECONDS:
            raise KeyUnavailable("the issuer's keys cannot be had")
        if key is None:
            raise UnknownKey("the issuer publishes no such key")
        return key

    def answers(self) -> bool:
        """Ask whether the issuer publishes keys at this moment."""
        try:
            return bool(self._published())
        except (RemoteError, ValueError):
            return False

    def _refresh(self) -> None:
        """Fetch, unless it was tried a moment ago; with keys at hand nobody waits for it."""
        if self._clock() < self._not_before:
            return
        has_keys = bool(self._set.keys)
        if not self._fetching.acquire(blocking=not has_keys):
            return
        try:
            if self._clock() >= self._not_before:
                self._fetch()
        finally:
            self._fetching.release()

    def _fetch(self) -> None:
        try:
            keys = self._published()
        except (RemoteError, ValueError) as error:
            cooldown = _COOLDOWN_SECONDS if self._set.keys else _FIRST_COOLDOWN_SECONDS
            self._not_before = self._clock() + cooldown
            _logger.warning("keys.unavailable", error=str(error))
            return
        self._set = _KeySet(self._clock(), keys)
        self._not_before = self._clock() + _COOLDOWN_SECONDS

    def _published(self) -> dict[str, PyJWK]:
        """Return the published keys by id; raises RemoteError and ValueError."""
        reply = self._http.request("GET", self._target, deadline=_FETCH_SECONDS)
        published = reply.json_object().get("keys")
        if not reply.ok or not isinstance(published, list):
            message = f"expected a key set, found HTTP {reply.status} with something else"
            raise ValueError(message)
        keys = [key for key in map(_key, published) if key]
        return {str(key.key_id): key for key in keys}


def _key_id(token: str) -> str:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except Exception as error:
        # Whatever a hostile header breaks inside the library, it names no key.
        raise UnknownKey("the token's header cannot be read") from error
    if not isinstance(key_id, str) or not key_id:
        raise UnknownKey("the token names no key")
    return key_id


def _key(published: Any) -> PyJWK | None:
    """Return a key to check signatures with, None for any other and for odd ones."""
    if not isinstance(published, dict) or published.get("use", "sig") != "sig":
        return None
    if not isinstance(published.get("kid"), str):
        return None
    try:
        return PyJWK(published)
    except Exception:
        # One key that cannot be read must not take the others with it.
        _logger.exception("keys.unreadable")
        return None
