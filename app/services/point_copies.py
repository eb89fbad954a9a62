"""Copies of the tables of points, made anew beside them, and what tells them apart.

They are temporary tables of the same names: PostgreSQL looks there first, so that the very
statements that give points fill them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Base
from app.models import Contributor, ContributorDay, ContributorPeriod, PointsEntry

# In the order in which those who give points lock them.
_TABLES: tuple[type[Base], ...] = (Contributor, ContributorDay, ContributorPeriod, PointsEntry)
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is in a table alone, or that only the log makes (``is_missing``)."""

    table: str
    is_missing: bool
    row: dict[str, Any]


def make(session: Session) -> None:
    """Make empty copies, for this connection alone."""
    for name in _names():
        session.execute(
            text(f"CREATE TEMP TABLE {name} (LIKE {_real(session, name)} INCLUDING ALL)")
        )


def hold(session: Session) -> None:
    """Let nobody give points until the transaction ends."""
    for name in _names():
        session.execute(text(f"LOCK TABLE {_real(session, name)} IN EXCLUSIVE MODE"))


def differences(session: Session) -> tuple[int, list[Difference]]:
    """Return how many rows differ, and some of them."""
    number, shown = 0, list[Difference]()
    for table in _TABLES:
        for is_missing in (True, False):
            query = text(_others(session, table, is_missing=is_missing))
            for row in session.execute(query.execution_options(yield_per=1000)):
                number += 1
                if len(shown) < _MOST_SHOWN:
                    shown.append(Difference(
                        table=table.__tablename__, is_missing=is_missing, row=row.found
                    ))  # fmt: skip
    return number, shown


def repair(session: Session) -> None:
    """Make the tables equal to the copies, and leave alone what is equal already."""
    for table in _TABLES:
        name = table.__tablename__
        real = _real(session, name)
        session.execute(
            text(
                f"DELETE FROM {real} r WHERE NOT EXISTS "  # noqa: S608  # Names of our own.
                f"(SELECT 1 FROM pg_temp.{name} t WHERE {_same(table)} AND t.* = r.*)"
            )
        )
        session.execute(
            text(
                f"INSERT INTO {real} SELECT t.* FROM pg_temp.{name} t "  # noqa: S608
                f"WHERE NOT EXISTS (SELECT 1 FROM {real} r WHERE {_same(table)})"
            )
        )


def _names() -> Iterator[str]:
    return (table.__tablename__ for table in _TABLES)


def _real(session: Session, name: str) -> str:
    schema = session.scalar(text("SELECT quote_ident(current_schema())"))
    return f"{schema}.{name}"


def _same(table: type[Base]) -> str:
    return " AND ".join(f"t.{key.name} = r.{key.name}" for key in table.__table__.primary_key)


def _others(session: Session, table: type[Base], *, is_missing: bool) -> str:
    name = table.__tablename__
    real, copy = f"{_real(session, name)} r", f"pg_temp.{name} t"
    here, there, row = (copy, real, "t") if is_missing else (real, copy, "r")
    return (
        f"SELECT to_jsonb({row}.*) AS found FROM {here} WHERE NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {there} WHERE {_same(table)} AND t.* = r.*)"
    )
