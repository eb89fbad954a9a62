"""Handout: feedback that was handed to somebody to judge, and in which way it was chosen."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.states import HandoutWay
from app.models.columns import created_time, one_of, uuid_key


class Handout(Base):
    """One lease at its beginning; places are used again, so this is kept beside them."""

    __tablename__ = "handouts"
    __table_args__ = (
        one_of("way", frozenset(HandoutWay)),
        Index(None, "way", text("id DESC")),
        Index(None, "model_id", "way", text("id DESC")),
        Index(None, "feedback_id"),
    )

    id: Mapped[uuid_key]
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    round: Mapped[int]
    validator_id: Mapped[str]
    model_id: Mapped[str]
    way: Mapped[str]
    created_at: Mapped[created_time]
