"""Revision: what a change of feedback replaced."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time


class FeedbackRevision(Base):
    """The parts that a change replaced, as they were in ``version``; rows are never changed."""

    __tablename__ = "feedback_revisions"

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # Only what was replaced: a text that stayed lives where it was.
    replaced: Mapped[dict[str, Any]]
    replaced_at: Mapped[created_time]
