"""Following: an answer that somebody else records, from any token on and on any node."""

import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.clients.live import Live
from app.db import Transactions
from app.domain.access import Principal
from app.domain.states import OPEN_RESPONSES, ResponseStatus
from app.errors import AppError, Unavailable
from app.models import Prompt
from app.services import journal, responses
from app.services.exchanges import Exchange
from app.services.journal import Token
from app.services.recording import problem_of
from app.utils import stopping

_STOPPED = "the service was stopped while the model answered; follow it once more"
_LOOK_SECONDS = 1.0
# Where nobody carries tokens between nodes, the durable part of the journal is asked.
_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Reads an answer's journal: live where possible, else what PostgreSQL has of it."""

    transactions: Transactions
    live: Live

    def find(self, *, principal: Principal, response_id: UUID) -> Exchange:
        """Return the exchange to follow; raises NotFound."""
        with self.transactions() as session:
            response = responses.get(session, principal=principal, response_id=response_id)
            prompt = session.get_one(Prompt, response.prompt_id)
            session.expunge_all()
        return Exchange(prompt, response)

    def follow(self, response_id: UUID, *, first: int = 0) -> Generator[Token | None, None, Any]:
        """Yield the tokens from ``first`` on, and return the response once it is final.

        Yields None about every second in which there is none, to see whether anybody is there.
        Raises the problem that a failed response is.
        """
        while True:
            came, looked_at = 0, time.monotonic()
            for token in self._live(response_id, first + came):
                came += 1
                yield token
            first += came
            if came and not stopping.is_over():
                continue
            response, kept = self._kept(response_id, first)
            yield from kept
            first += len(kept)
            if response.status == ResponseStatus.FAILED:
                raise _problem(response)
            if response.status not in OPEN_RESPONSES:
                return response
            if stopping.is_over():
                raise Unavailable(_STOPPED, code="interrupted", response_id=str(response_id))
            if not kept:
                yield None
                _pause(looked_at)

    def _live(self, response_id: UUID, first: int) -> Iterator[Token]:
        for tokens in self.live.read(response_id, first=first, seconds=_LOOK_SECONDS) or ():
            # A gap (Redis lost some) is filled from the durable part.
            if tokens.first > first:
                return
            for text in tokens.texts[first - tokens.first :]:
                yield Token(first, text)
                first += 1

    def _kept(self, response_id: UUID, first: int) -> tuple[Any, list[Token]]:
        with self.transactions() as session:
            response = responses.state(session, response_id=response_id)
            kept = journal.read(session, response_id=response_id, first=first)
        return response, list(_unbroken(kept, first))


def _pause(looked_at: float) -> None:
    """Wait where the last look did not: nobody carries tokens, or others than are wanted."""
    threading.Event().wait(looked_at + _POLL_SECONDS - time.monotonic())


def _problem(response: Any) -> AppError:
    ids: dict[str, Any] = {
        "prompt_id": str(response.prompt_id),
        "response_id": str(response.id),
    }
    return problem_of(response.error["code"], message=response.error["message"], **ids)


def _unbroken(tokens: list[Token], first: int) -> Iterator[Token]:
    for token in tokens:
        if token.index != first:
            return
        yield token
        first += 1
