"""Validation: one validator's verdict on one feedback."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, uuid_key


class Validation(Base):
    """A verdict; one per validator, feedback and round."""

    __tablename__ = "validations"
    __table_args__ = (
        UniqueConstraint("feedback_id", "round", "validator_id"),
        Index(None, "validator_id", text("id DESC")),
    )

    id: Mapped[uuid_key]
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    round: Mapped[int]
    validator_id: Mapped[str]
    is_valid: Mapped[bool]
    notes: Mapped[str | None]
    created_at: Mapped[created_time]
