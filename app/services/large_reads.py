"""Reads of very many rows: the database counts, and what it tells comes in pieces."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Semaphore
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.db import Transactions

_PIECE = 2_000
# More memory for sorts and hashes, and more time, than requests of every day have, and plans
# for all of the rows where a cursor reads them. For this transaction alone.
_SETTINGS = text(
    "SELECT set_config('work_mem', '32MB', true), set_config('statement_timeout', '60s', true),"
    " set_config('cursor_tuple_fraction', '1', true)"
)


# A batch is found by its keys, a look into an index each; the planner would rather read small
# tables whole, with workers that are started for it, again for every batch.
_BATCHES = text(
    "SELECT set_config('random_page_cost', '1.1', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)


# So many batches of exports are read at once in this process, whoever asks: more would not be ready
# sooner, and would leave no connections to others.
_TURNS = Semaphore(4)


@contextmanager
def batch(transactions: Transactions) -> Iterator[Session]:
    """Open a transaction for one batch of many, when it is its turn.

    All its statements see the same moment: what is erased meanwhile is in it whole or not at all.
    """
    with _TURNS, transactions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def prepare_batch(session: Session) -> None:
    """Let the rest of this transaction read one batch of many by its keys."""
    session.execute(_BATCHES)


def prepare(session: Session) -> None:
    """Let the rest of this transaction read much."""
    session.execute(_SETTINGS)


def rows(
    session: Session, *, statement: str, values: Mapping[str, Any], many: bool = False
) -> Iterator[Row[Any]]:
    """Yield the rows of a statement; of ``many``, the database keeps most until they are read.

    It uses one processor for those, and all of its own for few.
    """
    options = {"yield_per": _PIECE} if many else {}
    yield from session.execute(text(statement), values, execution_options=options)


# Of a row: that it was made in the scope's period. Its id bounds what is read, for ids sort by
# time, so that the primary key serves as the index. And that it is of the scope's model.
_PERIOD = {
    alias: (
        f"{alias}.id >= :low AND {alias}.id < :high"
        f" AND {alias}.created_at >= :start AND {alias}.created_at < :end"
    )
    for alias in "fiprv"
}
_MODEL = {
    alias: f"(CAST(:model_id AS text) IS NULL OR {alias}.model_id = :model_id)" for alias in "fir"
}
_GIVEN = f"{_PERIOD['f']} AND {_MODEL['f']} AND f.status <> 'withdrawn'"


def filled(statement: str, **more: str) -> str:
    """Return a statement with the conditions of a scope in it.

    ``{period[f]}`` and ``{model[f]}`` are those of the row ``f``; ``{given}`` is that ``f`` is
    feedback of the scope that was not taken back.
    """
    return statement.format(period=_PERIOD, model=_MODEL, given=_GIVEN, **more)
