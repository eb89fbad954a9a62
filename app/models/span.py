"""Span: a part of a response's text that feedback points at."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class FeedbackSpan(Base):
    """From ``start`` to before ``stop``, in code points; the text itself stays in the response."""

    __tablename__ = "feedback_spans"
    __table_args__ = (CheckConstraint("0 <= start AND start < stop", name="start"),)

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[int]
    stop: Mapped[int]
    dimension_id: Mapped[UUID | None] = mapped_column(ForeignKey("dimensions.id"))
    note: Mapped[str | None]
