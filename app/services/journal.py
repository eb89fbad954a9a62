"""The stream journal: the tokens of answers, kept as they come.

Followers get them at once through Redis; PostgreSQL has them a moment later, all streams of
a process in one statement, and is what counts.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.clients.live import Live, LiveTokens
from app.db import Transactions, is_passing
from app.domain.states import OPEN_RESPONSES
from app.models import Response, ResponseChunk
from app.services.endings import Streamed
from app.services.exchange_statements import KEEP
from app.utils.batcher import Batcher

_log = structlog.get_logger(__name__)
_WRITE_SECONDS = 0.25

# Keeps the tokens, marks their responses as streaming, and tells which are wanted no more, and of
# which nothing was kept. They are held: who erases them waits for what is being written, or it
# for them, and is kept no more.
_WRITE = text(
    """
WITH chunk AS (
    SELECT c.*, r.status, r.content, r.cancel_requested_at
    FROM jsonb_to_recordset(:chunks) AS c(
        response_id uuid, index int, tokens text[], first_token_ms int)
    JOIN responses r ON r.id = c.response_id
    FOR NO KEY UPDATE OF r
), begun AS (
    UPDATE responses r SET status = 'streaming', first_token_ms = chunk.first_token_ms
    FROM chunk WHERE r.id = chunk.response_id AND r.status = 'pending'
), kept AS (
    INSERT INTO response_chunks (response_id, index, tokens)
    SELECT response_id, index, tokens FROM chunk WHERE status IN ('pending', 'streaming')
    ON CONFLICT DO NOTHING
)
SELECT response_id, status NOT IN ('pending', 'streaming') AND content IS NULL AS is_gone FROM chunk
WHERE status NOT IN ('pending', 'streaming') OR cancel_requested_at IS NOT NULL
"""
).bindparams(bindparam("chunks", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an answer and its place in it, from 0."""

    index: int
    text: str


class Entry:
    """One stream's place in the journal, for whoever records it."""

    def __init__(self, response_id: UUID, journal: "Journal") -> None:
        self.response_id = response_id
        self.is_wanted = True
        self.is_gone = False
        self.is_left_open = False
        self._journal = journal
        self._started = time.monotonic()
        self.first_token_ms: int | None = None
        self.texts: list[str] = []
        self.written = 0

    def add(self, piece: str) -> Token:
        """Keep a piece and return it with its place."""
        if self.first_token_ms is None:
            self.first_token_ms = round(1000 * (time.monotonic() - self._started))
        token = Token(len(self.texts), piece)
        self.texts.append(piece)
        self._journal.note(self, token)
        return token

    def close(self) -> Streamed:
        """Write no more of this stream; return what is left to be written with its ending."""
        return self._journal.close(self)

    def settle(self, response: Any) -> None:
        """Learn how it ended: of what was erased meanwhile, followers are not told."""
        self.is_gone = response.content is None

    def leave_open(self) -> None:
        """Let followers wait on: nothing of this stream has ended, somebody begins it again."""
        self.is_left_open = True

    def tell_end(self) -> None:
        """Let followers know that the ending is stored."""
        if not self.is_left_open:
            self._journal.tell_end(self)


class Journal:
    """Keeps the tokens of all streams of this process."""

    def __init__(self, transactions: Transactions, live: Live) -> None:
        self._transactions = transactions
        self._live = live
        self._lock = threading.Lock()
        self._open: dict[UUID, Entry] = {}
        self._batcher = Batcher(self._write, seconds=_WRITE_SECONDS, name="stream-journal")

    def open(self, response_id: UUID) -> Entry:
        """Return the place of a stream that begins now."""
        entry = Entry(response_id, self)
        self._open[response_id] = entry
        return entry

    def note(self, entry: Entry, token: Token) -> None:
        """Pass a token on to followers, and have it written soon."""
        if entry.is_wanted:
            self._live.publish(LiveTokens(entry.response_id, token.index, [token.text]))
        self._batcher.put(entry)

    def stop(self, response_id: UUID) -> None:
        """Let who records this response, if in this process, know that nobody wants it."""
        entry = self._open.get(response_id)
        if entry:
            entry.is_wanted = False

    def close(self, entry: Entry) -> Streamed:
        """Take a stream out; waits for a write that is under way."""
        with self._lock:
            self._open.pop(entry.response_id, None)
        return Streamed(
            text="".join(entry.texts) if entry.texts else None,
            first_token_ms=entry.first_token_ms,
            first_unwritten=entry.written,
            unwritten=entry.texts[entry.written :],
        )

    def tell_end(self, entry: Entry) -> None:
        """Pass the end on to followers, and nothing else where nothing of it was kept."""
        end = LiveTokens(entry.response_id, len(entry.texts), [], ended=True, anew=entry.is_gone)
        self._live.publish(end)

    def recover(self, session: Session, *, response_id: UUID) -> None:
        """Write what followers were told of an answer whose recorder is gone."""
        recover(session, live=self._live, response_id=response_id)

    def _write(self, entries: list[Entry]) -> None:
        with self._lock:
            waiting = {
                entry: len(entry.texts)
                for entry in dict.fromkeys(entries)
                if entry.response_id in self._open and entry.written < len(entry.texts)
            }
            if not waiting:
                return
            try:
                unwanted = self._store(_chunks(waiting))
            except Exception as error:
                if not is_passing(error):
                    raise
                # The ending writes them, or the next token's turn does.
                _log.warning("journal.database_unavailable", streams=len(waiting))
                return
            for entry, written in waiting.items():
                entry.written = written
        for one in unwanted:
            self.stop(one.response_id)
            if one.is_gone:
                # Behind what is on its way. Followers find in the database that it is over.
                self._live.publish(LiveTokens(one.response_id, 0, [], anew=True))

    def _store(self, chunks: list[dict[str, Any]]) -> Sequence[Any]:
        with self._transactions() as session:
            return session.execute(_WRITE, {"chunks": chunks}).all()


def _chunks(waiting: dict[Entry, int]) -> list[dict[str, Any]]:
    # In one order everywhere: two processes never wait for each other.
    return [
        {
            "response_id": entry.response_id,
            "index": entry.written,
            "tokens": entry.texts[entry.written : until],
            "first_token_ms": entry.first_token_ms,
        }
        for entry, until in sorted(waiting.items(), key=lambda item: item[0].response_id)
    ]


def read(session: Session, *, response_id: UUID, first: int) -> list[Token]:
    """Return the tokens kept of an answer from the place ``first`` on."""
    chunks = session.execute(
        select(ResponseChunk.index, ResponseChunk.tokens)
        .where(ResponseChunk.response_id == response_id)
        .order_by(ResponseChunk.index)
    )
    return [token for token in _flat(chunks.all()) if token.index >= first]


def recover(session: Session, *, live: Live, response_id: UUID) -> None:
    """Write what followers were told of an open answer, and nobody was left to write.

    Whoever recorded it was killed between the two; its ending takes it from here. It is held:
    of one that was erased at this moment nothing is written.
    """
    is_open = Response.status.in_(OPEN_RESPONSES)
    held = select(Response.id).where(Response.id == response_id, is_open)
    if session.scalar(held.with_for_update(key_share=True)) is None:
        return
    behind = func.max(ResponseChunk.index + func.cardinality(ResponseChunk.tokens))
    kept = select(behind).where(ResponseChunk.response_id == response_id)
    first = session.scalar(kept) or 0
    texts: list[str] = []
    for tokens in live.read(response_id, first=first, seconds=0) or ():
        place = first + len(texts)
        # Redis has lost some: what comes after them has no place.
        if tokens.first > place:
            break
        texts += tokens.texts[place - tokens.first :]
    if texts:
        session.execute(KEEP, {"response_id": response_id, "index": first, "tokens": texts})


def _flat(chunks: Iterable[Any]) -> Iterable[Token]:
    for chunk in chunks:
        for place, piece in enumerate(chunk.tokens):
            yield Token(chunk.index + place, piece)
