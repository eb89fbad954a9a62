"""Feedback sketch: by what feedback with much the same text is found."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class FeedbackSketch(Base):
    """The bands of a feedback's text; no row for one that says too little."""

    __tablename__ = "feedback_sketches"
    __table_args__ = (Index(None, "band_1"), Index(None, "band_2"), Index(None, "band_3"))

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    band_1: Mapped[int] = mapped_column(BigInteger)
    band_2: Mapped[int] = mapped_column(BigInteger)
    band_3: Mapped[int] = mapped_column(BigInteger)
