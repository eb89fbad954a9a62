"""Gold: feedback with a known answer, to whom it was dealt, and what they said of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, first_version, uuid_key


class GoldItem(Base):
    """What is known of a feedback; the feedback's ``gold_version`` says whether it is in use."""

    __tablename__ = "gold_items"

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    is_valid: Mapped[bool]
    notes: Mapped[str | None]
    marked_by: Mapped[str]
    created_at: Mapped[created_time]
    updated_at: Mapped[created_time]
    # Since when it is feedback like any other again; its answers go on counting.
    retired_at: Mapped[datetime | None]


class GoldLease(Base):
    """A gold item dealt to somebody, once; the fields of a place in a round, and none of it."""

    __tablename__ = "gold_leases"
    __table_args__ = (
        UniqueConstraint("token"),
        Index(None, "validator_id"),
        Index(
            "ix_gold_leases_dealt",
            "validator_id",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )

    feedback_id: Mapped[UUID] = mapped_column(
        ForeignKey("gold_items.feedback_id"), primary_key=True
    )
    validator_id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[UUID]
    # When the lease ends; null: the answer is there.
    expires_at: Mapped[datetime | None]


class GoldAnswer(Base):
    """A verdict on gold: it takes no place and decides nothing."""

    __tablename__ = "gold_answers"
    __table_args__ = (
        UniqueConstraint("feedback_id", "validator_id"),
        Index(None, "validator_id", text("id DESC")),
    )

    id: Mapped[uuid_key]
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("gold_items.feedback_id"))
    validator_id: Mapped[str]
    # Null: neither, they would have sent it back to its author.
    is_valid: Mapped[bool | None]
    notes: Mapped[str | None]
    # What a verdict would have had: nobody can tell the answers apart.
    weight: Mapped[first_version]
    correction: Mapped[str | None]
    dimension_verdicts: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    feedback_version: Mapped[int | None]
    created_at: Mapped[created_time]
