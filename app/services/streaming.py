"""Streaming: an answer passed on as it comes, and recorded whoever listens."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.clients.inference.base import InferenceError
from app.db import Transactions
from app.domain.access import Principal
from app.domain.states import ResponseStatus
from app.services import calls, questions
from app.services.calls import Call, Outcome, Providers
from app.services.exchanges import Exchange
from app.services.idempotency import Claim
from app.services.journal import Entry, Journal, Token
from app.services.questions import Asked, Limits, Question
from app.services.recording import Record
from app.utils import stopping

_STOPPED = InferenceError("interrupted", "the service was stopped while the model answered")

# Yields the tokens as they come and returns the response as it was stored; raises AppError.
Recording = Generator[Token, None, Any]


def begin(
    transactions: Transactions,
    *,
    principal: Principal,
    interaction_id: UUID,
    question: Question,
    limits: Limits,
    claim: Claim | None = None,
) -> Asked:
    """Store a question before its model is asked; raises NotFound, Conflict, Invalid, TooMany."""
    with transactions() as session:
        return questions.open_question(
            session,
            principal=principal,
            interaction_id=interaction_id,
            question=question,
            limits=limits,
            claim=claim,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Records answers of models token by token.

    After the failures ``tried_again`` a response without a token stays open: whoever records
    it begins again.
    """

    transactions: Transactions
    providers: Providers
    journal: Journal
    storing_seconds: float
    tried_again: frozenset[str] = frozenset()

    def record(self, exchange: Exchange, call: Call, *, actor: str) -> Recording:
        """Ask, keep every token before it is passed on, and store how it ended.

        Any thread may go on with it, one at a time; closing it cancels the answer. Raises
        AppError, and InferenceError where the response stays open.
        """
        response_id = exchange.response.id
        entry = self.journal.open(response_id)
        record = Record(
            self.transactions,
            exchange.prompt.id,
            response_id,
            self.storing_seconds,
            call.afterwards,
            told=entry.settle,
        )
        try:
            return (yield from self._recorded(record, entry, call, actor))
        finally:
            entry.tell_end()

    def _recorded(self, record: Record, entry: Entry, call: Call, actor: str) -> Recording:
        try:
            outcome = yield from _tokens(calls.stream(self.providers, call=call), entry)
        except InferenceError as error:
            streamed = entry.close()
            if streamed.text is None and error.code in self.tried_again:
                entry.leave_open()
                raise
            response = record.failed(error, streamed)
            if response.status == ResponseStatus.CANCELLED:
                return response
            raise record.problem(error, response) from error
        except GeneratorExit:
            record.cancelled(actor, entry.close())
            raise
        except Exception:
            # A fault of ours must not leave the response open until the sweep.
            record.failed(InferenceError("internal", "the call broke off"), entry.close())
            raise
        if outcome is None:
            return record.cancelled(actor, entry.close())
        return record.answer(outcome, entry.close())


def _tokens(
    pieces: Generator[str, None, Outcome], entry: Entry
) -> Generator[Token, None, Outcome | None]:
    """Yield the pieces as tokens; None where nobody wants more of them."""
    try:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            yield entry.add(piece)
            if not entry.is_wanted:
                return None
            if stopping.is_over():
                raise _STOPPED
    finally:
        pieces.close()


def until_over(recording: Recording, *, leave: Callable[[], object]) -> Recording:
    """Yield the tokens of a recording, and call ``leave`` when it is over, however it ends."""
    try:
        with closing(recording):
            return (yield from _without_closing(recording))
    finally:
        leave()


def passed_on(recording: Recording, *, leave: Callable[[Recording], None]) -> Recording:
    """Yield the tokens of a recording; a listener who goes away hands it to ``leave``."""
    try:
        return (yield from _without_closing(recording))
    except GeneratorExit:
        leave(recording)
        raise


def _without_closing(recording: Recording) -> Recording:
    while True:
        try:
            token = next(recording)
        except StopIteration as end:
            return end.value
        yield token


def finish(recording: Recording) -> None:
    """Go on with a recording to its end, with nobody listening."""
    for _ in recording:
        pass
