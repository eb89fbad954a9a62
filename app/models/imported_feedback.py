"""Imported feedback: what was said elsewhere, by its id there, and which feedback it became."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time


class ImportedFeedback(Base):
    """Per importer, system and external id; several may have become one feedback."""

    __tablename__ = "imported_feedback"
    __table_args__ = (Index(None, "feedback_id"),)

    importer: Mapped[str] = mapped_column(primary_key=True)
    # The system that it was given in.
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    # SHA-256 of the line as it was taken in, in canonical form.
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    # When it was given there; null: nobody said.
    given_at: Mapped[datetime | None]
    # When it came in here.
    created_at: Mapped[created_time]
