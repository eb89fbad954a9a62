"""Event: the append-only log of what happened, in the transaction that did it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.db import Base
from app.models.columns import uuid_key


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's ``xid8``: the 64-bit identifier of a transaction, never reused."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the name of the type in SQL."""
        return "xid8"


class Event(Base):
    """Ids and small values; texts live once in their own rows and are joined when read."""

    __tablename__ = "events"
    __table_args__ = (
        # Readers go by transaction and sequence: a sequence alone would skip the events of
        # a transaction that commits late.
        Index(None, "transaction", "sequence", unique=True),
        Index(None, "type", "transaction", "sequence"),
        Index(None, "interaction_id", "transaction", "sequence"),
        # Whose id gives way to a pseudonym when they are forgotten.
        Index(None, "actor"),
    )

    id: Mapped[uuid_key]
    transaction: Mapped[str] = mapped_column(
        TransactionId, server_default=func.pg_current_xact_id()
    )
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    type: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    # The wall clock, not the start of the transaction: replay asks for moments.
    time: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    subject: Mapped[str]
    actor: Mapped[str | None]
    interaction_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
