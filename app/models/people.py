"""What is measured of people: how reliable they are, and how far they agree."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.measuring import Basis, Capacity
from app.models.columns import one_of

# What can be made anew from the verdicts at any time, and is, by a periodic job.


class Reliability(Base):
    """A Beta posterior at ``as_of`` of somebody as validator or rater, overall or by dimension."""

    __tablename__ = "reliabilities"
    __table_args__ = (
        one_of("capacity", frozenset(Capacity)),
        Index(None, "scope", "user_id", "capacity"),
    )

    user_id: Mapped[str] = mapped_column(primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)
    # The id of a dimension, or "overall".
    scope: Mapped[str] = mapped_column(primary_key=True)
    alpha: Mapped[float]
    beta: Mapped[float]
    as_of: Mapped[datetime]
    answers: Mapped[int]
    # How many answers were right and wrong by what they were compared with.
    reasons: Mapped[dict[str, Any]]


class Contradiction(Base):
    """Where the estimate from everybody's errors says otherwise than most votes."""

    __tablename__ = "contradictions"
    __table_args__ = (one_of("basis", frozenset(Basis)),)

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    basis: Mapped[str] = mapped_column(primary_key=True)
    votes: Mapped[int]
    majority: Mapped[str]
    share: Mapped[float]
    estimate: Mapped[str]
    posterior: Mapped[float]
    # Known: it is gold, or an admin decided, and the estimate was bound to that.
    is_known: Mapped[bool] = mapped_column(server_default=text("false"))
    computed_at: Mapped[datetime]


class RaterKappa(Base):
    """Cohen's kappa of two people over what both judged; ``one`` comes before ``other``."""

    __tablename__ = "rater_kappas"
    __table_args__ = (Index(None, "scope", "one", "other"),)

    one: Mapped[str] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(primary_key=True)
    # The id of a dimension, or "overall" for verdicts.
    scope: Mapped[str] = mapped_column(primary_key=True)
    weights: Mapped[str]
    kappa: Mapped[float | None]
    undefined: Mapped[str | None]
    items: Mapped[int]
    computed_at: Mapped[datetime]
