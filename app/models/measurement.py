"""Measurement: when something was counted last; an empty list may be one that never was."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.measuring import Measured
from app.models.columns import one_of


class Measurement(Base):
    """The moment as of which all of it was counted."""

    __tablename__ = "measurements"
    __table_args__ = (one_of("what", frozenset(Measured)),)

    what: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
