"""The live part of the stream journal: tokens for followers on any node, in Redis.

One Redis stream an answer; an entry's id is the index behind its last token, so that
``XREAD`` from a token's index gives every entry that reaches beyond it. What is lost here is
in the durable part a moment later.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson

from app.clients.redis_link import RedisLink
from app.utils.batcher import Batcher

# How long after its last token an answer can be followed here.
_KEPT_SECONDS = 600
# As far apart as two writes are at least: what comes between goes out together.
_GATHER_SECONDS = 0.02
_MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class LiveTokens:
    """Tokens of an answer from the place ``first`` on; ``ended``: no more will come.

    ``anew``: those published before are carried no more.
    """

    response_id: UUID
    first: int
    texts: Sequence[str]
    ended: bool = False
    anew: bool = False


class Live(Protocol):
    """Carries tokens from whoever records an answer to whoever follows it."""

    def publish(self, tokens: LiveTokens) -> None:
        """Let followers know, soon and if possible."""
        ...

    def read(self, response_id: UUID, *, first: int, seconds: float) -> list[LiveTokens] | None:
        """Wait up to ``seconds`` for tokens from ``first`` on; None where nobody carries any.

        With 0 seconds it is what is there.
        """
        ...

    def forget(self, response_ids: Sequence[UUID]) -> None:
        """Carry nothing of these answers any more, if possible."""
        ...


class NoLive:
    """Carries nothing: followers read the durable part."""

    def publish(self, tokens: LiveTokens) -> None:
        """Let nobody know."""

    def read(self, response_id: UUID, *, first: int, seconds: float) -> None:  # noqa: ARG002
        """Know of nothing."""
        return

    def forget(self, response_ids: Sequence[UUID]) -> None:
        """Have nothing to forget."""


class RedisLive:
    """Carries tokens through Redis; writing never waits, reading has connections of its own."""

    def __init__(
        self, url: str, *, prefix: str = "interaction:", wait_seconds: float = 2.0
    ) -> None:
        self._writing = RedisLink(url, prefix=prefix, timeout_seconds=0.5, rest_seconds=3.0)
        self._reading = RedisLink(
            url, prefix=prefix, timeout_seconds=2 * wait_seconds, rest_seconds=3.0
        )
        self._longest_wait = wait_seconds
        self._batcher = Batcher(self._write, seconds=_GATHER_SECONDS, name="live-tokens")

    def publish(self, tokens: LiveTokens) -> None:
        """Leave it to the writing thread."""
        self._batcher.put(tokens)

    def read(self, response_id: UUID, *, first: int, seconds: float) -> list[LiveTokens] | None:
        """Ask for the entries that reach beyond ``first``."""
        key = self._reading.key(_name(response_id))
        # To Redis, 0 is for ever.
        wait = int(1000 * min(seconds, self._longest_wait)) or None
        found: Any = self._reading.run(
            lambda: self._reading.redis.xread({key: f"{first}-0"}, count=_MOST_ENTRIES, block=wait)
        )
        if found is None:
            return None
        return [_tokens(response_id, entry) for _, entries in found for entry in entries]

    def forget(self, response_ids: Sequence[UUID]) -> None:
        """Delete the streams."""
        keys = [self._writing.key(_name(response_id)) for response_id in response_ids]
        self._writing.run(lambda: self._writing.redis.delete(*keys))

    def _write(self, batch: list[LiveTokens]) -> None:
        journey = self._writing.redis.pipeline(transaction=False)
        for response_id, pieces in _by_response(batch).items():
            key = self._writing.key(_name(response_id))
            if pieces[0].anew:
                journey.delete(key)
            texts = [text for piece in pieces for text in piece.texts]
            last = pieces[-1]
            behind, ended = last.first + len(last.texts), int(last.ended)
            fields: Any = {b"t": orjson.dumps(texts), b"e": ended}
            # The end comes behind the last token, also for who has read up to that one.
            if behind or ended:
                journey.xadd(key, fields, id=f"{behind}-{ended}")
                journey.expire(key, _KEPT_SECONDS)
        self._writing.run(lambda: journey.execute(raise_on_error=False))


def _by_response(batch: Sequence[LiveTokens]) -> dict[UUID, list[LiveTokens]]:
    found: dict[UUID, list[LiveTokens]] = defaultdict(list)
    for tokens in batch:
        if tokens.anew:
            found[tokens.response_id].clear()
        found[tokens.response_id].append(tokens)
    return found


def _tokens(response_id: UUID, entry: tuple[bytes, dict[bytes, bytes]]) -> LiveTokens:
    place, fields = entry
    texts = orjson.loads(fields[b"t"])
    behind = int(place.split(b"-", 1)[0])
    return LiveTokens(response_id, behind - len(texts), texts, fields[b"e"] == b"1")


def _name(response_id: UUID) -> str:
    return f"stream:{response_id}"
