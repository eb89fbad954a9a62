"""Mutex: who does the same thing at the same time does it one after the other."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")


def hold(session: Session, *, name: str) -> None:
    """Wait until nobody else holds ``name``, and hold it until the transaction ends."""
    session.execute(_HOLD, {"name": name})


def share(session: Session, *, name: str) -> None:
    """Wait until nobody holds ``name`` alone; nobody can, until the transaction ends."""
    session.execute(_SHARE, {"name": name})
