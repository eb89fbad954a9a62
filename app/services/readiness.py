"""Readiness: whether the database answers, is migrated, and keeps what it acknowledges."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import Transactions

_DURABLE = {"fsync": {"on"}, "full_page_writes": {"on"}}
_UNSAFE_COMMIT = "off"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Whether the database can be used; ``fault`` says why not."""

    reachable: bool
    revision: str | None = None
    fault: str | None = None


def database_state(transactions: Transactions, *, expected: str) -> DatabaseState:
    """Ask the database; ``expected`` is the revision the code was written for."""
    try:
        with transactions() as session:
            return _ask(session, expected)
    except SQLAlchemyError:
        return DatabaseState(reachable=False, fault="the database does not answer")


def _ask(session: Session, expected: str) -> DatabaseState:
    faults = durability_faults(session)
    if faults:
        return DatabaseState(reachable=True, fault="; ".join(faults))
    exists = session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    revision = session.scalar(text("SELECT version_num FROM alembic_version")) if exists else None
    if revision != expected:
        return DatabaseState(
            reachable=True,
            revision=revision,
            fault=f"expected migration {expected}, found {revision or 'none'}",
        )
    return DatabaseState(reachable=True, revision=revision)


def broken_promises(transactions: Transactions) -> list[str]:
    """Return why a process must not start: how the database may lose what it acknowledges.

    One that is down breaks none; it is asked again by /ready.
    """
    try:
        with transactions() as session:
            return durability_faults(session)
    except SQLAlchemyError:
        return []


def durability_faults(session: Session) -> list[str]:
    """Return which settings let the database lose what it has acknowledged."""
    settings = {
        name: session.scalar(text(f"SHOW {name}")) for name in (*_DURABLE, "synchronous_commit")
    }
    faults = [
        f"{name} is {settings[name]}" for name in _DURABLE if settings[name] not in _DURABLE[name]
    ]
    if settings["synchronous_commit"] == _UNSAFE_COMMIT:
        faults.append("synchronous_commit is off")
    return faults
