"""The database: table base, naming convention and the one transaction boundary."""

import select
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, NullPool, Text, Uuid, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Session

# Predictable names let errors be told apart by constraint and migrations drop what they made.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_OPEN = "transaction_is_open"
# SQLSTATE of faults that pass: serialisation, deadlock, lock and statement timeouts; and the
# classes of lost connections, of missing resources and of a server that stops or starts.
_PASSING = frozenset({"40001", "40P01", "55P03", "57014"})
_PASSING_CLASSES = ("08", "53", "57P")

Transactions = Callable[[], AbstractContextManager[Session]]


class Base(DeclarativeBase):
    """What every table subclasses; text has no length, times are UTC, JSON is JSONB."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        UUID: Uuid,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


# Tables subclass Base, which a type checker can follow; db.Model would share its metadata.
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit when the block ends, roll back when it raises; an inner block joins the outer.

    Only edges (a view, a task, a command) and the few use cases that cross an outside
    call open one.
    """
    session = db.session()
    if session.info.get(_OPEN):
        yield session
        return
    session.info[_OPEN] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_OPEN, None)


def transactions_of(app: Flask) -> Transactions:
    """Return transactions that need no request and no context, on whichever thread."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with app.app_context(), transaction() as session:
            yield session

    return opened


@contextmanager
def lone_transaction(url: str) -> Iterator[Session]:
    """Do the same on a connection of its own, where there is no application yet."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with Session(engine) as session, session.begin():
        yield session


@contextmanager
def lone_transactions(url: str) -> Iterator[Transactions]:
    """Give transactions on one connection of their own, which keeps temporary tables for them.

    They may take long: nothing bounds their statements.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:

        @contextmanager
        def opened() -> Iterator[Session]:
            with Session(connection) as session, session.begin():
                yield session

        yield opened


def is_passing(error: Exception) -> bool:
    """Say whether the database was away or busy: the same transaction may succeed later.

    After a commit it is not known then whether it took place.
    """
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "pgcode", None) or ""
    lost = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return lost or state in _PASSING or state.startswith(_PASSING_CLASSES)


def engine_options(
    *, pool_size: int, max_overflow: int, pool_seconds: float, statement_seconds: float
) -> dict[str, Any]:
    """Return the options of the engine: bounded waits everywhere, JSON through orjson."""
    milliseconds = int(statement_seconds * 1000)
    settings = (
        f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} "
        f"-c idle_in_transaction_session_timeout={4 * milliseconds} -c timezone=UTC"
    )
    return {
        "pool_size": pool_size,
        "max_overflow": max_overflow,
        "pool_timeout": pool_seconds,
        "pool_use_lifo": True,
        "pool_events": [(_refuse_closed, "checkout")],
        # What people wrote must not reach a log inside an error's message.
        "hide_parameters": True,
        "json_serializer": _json_text,
        "json_deserializer": orjson.loads,
        "connect_args": {
            "options": settings,
            "connect_timeout": max(2, int(pool_seconds)),
            "application_name": "interaction-service",
            "keepalives_idle": 30,
            "tcp_user_timeout": milliseconds + 5000,
        },
    }


def _refuse_closed(connection: Any, *_: object) -> None:
    """Have the pool connect anew where the server has ended a connection that was idle.

    An idle one has nothing to read but its end, which costs a look and no journey.
    """
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    if look.poll(0):
        raise InvalidatePoolError


def _json_text(value: Any) -> str:
    return orjson.dumps(value).decode()
