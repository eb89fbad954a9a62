"""Asking a model: stored before asked, answered with no connection held, stored before replied."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from app.clients.inference.base import InferenceError
from app.db import Transactions
from app.errors import AppError
from app.services import calls, idempotency
from app.services.calls import Call, Outcome, Providers
from app.services.exchanges import Exchange, OpenedExchange
from app.services.idempotency import Claim
from app.services.questions import Asked
from app.services.recording import Record


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored exchange; ``replayed`` where the answer was given before.

    ``outcomes`` are the answers as the model side gave them, in the order of the responses.
    """

    exchange: Exchange
    replayed: bool = False
    outcomes: Sequence[Outcome] = ()


def answered(
    transactions: Transactions,
    *,
    providers: Providers,
    asked: Asked,
    claim: Claim | None,
    storing_seconds: float,
) -> Answer:
    """Return the answer to a stored question, asking the model unless somebody has.

    Raises Conflict where somebody else asks just now, and Conflict, Invalid, TooMany,
    ModelFailed, ModelUnavailable or ModelTimeout with ``prompt_id`` and ``response_id``.
    """
    if asked.call is None:
        if claim and asked.opened.state == "running":
            raise idempotency.running(claim)
        return Answer(asked.opened.exchange, replayed=True)
    return answer(
        transactions,
        providers=providers,
        opened=asked.opened,
        call=asked.call,
        storing_seconds=storing_seconds,
    )


def answer(
    transactions: Transactions,
    *,
    providers: Providers,
    opened: OpenedExchange,
    call: Call,
    storing_seconds: float,
) -> Answer:
    """Ask the model for every open response of a stored exchange, and store what comes."""
    exchange = opened.exchange
    records = [
        Record(transactions, exchange.prompt.id, response.id, storing_seconds, call.afterwards)
        for response in exchange.responses
    ]
    came = _asked(providers, call, records)
    kept = [_kept(record, found) for record, found in zip(records, came, strict=True)]
    outcomes = [one.outcome for one in kept if one.outcome]
    if not outcomes:
        raise next(one.problem for one in kept if one.problem)
    first, *others = (one.response for one in kept)
    return Answer(replace(exchange, response=first, others=others), outcomes=outcomes)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A response as it is stored, and what came of it."""

    response: Any
    outcome: Outcome | None = None
    problem: AppError | None = None


def _asked(
    providers: Providers, call: Call, records: Sequence[Record]
) -> Sequence[Outcome | Exception]:
    """Return what came of each call; several run side by side."""

    def once(_: Record) -> Outcome | Exception:
        try:
            return calls.complete(providers, call=call)
        except Exception as error:  # noqa: BLE001  # Raised again once it is on record.
            return error

    if len(records) == 1:
        return [once(records[0])]
    with ThreadPoolExecutor(max_workers=len(records)) as threads:
        return list(threads.map(once, records))


def _kept(record: Record, found: Outcome | Exception) -> _Kept:
    if isinstance(found, Outcome):
        return _Kept(record.answer(found), found)
    if isinstance(found, InferenceError):
        response = record.failed(found)
        return _Kept(response, problem=record.problem(found, response))
    # A fault of ours must not leave the response pending until the sweep.
    record.failed(InferenceError("internal", "the call broke off"))
    raise found
