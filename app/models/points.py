"""Points: the ledger, and what is kept out of it so that it need not be added up.

All of it follows from the event log: ``flask points rebuild`` makes the same rows again.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.levels import Level
from app.models.columns import one_of

_NOUGHT = text("0")


class PointsEntry(Base):
    """Points that one event gave somebody, or took back, by one rule; never changed.

    A person's rows in the order of the log are the order in which they were earned, since the
    person is locked before the event's number is drawn.
    """

    __tablename__ = "points_entries"
    __table_args__ = (
        UniqueConstraint("rule", "subject", "user_id"),
        Index(None, "feedback_id"),
    )

    user_id: Mapped[str] = mapped_column(primary_key=True)
    # Of the event, and the place among the rows of that event.
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[UUID]
    feedback_id: Mapped[UUID]
    rule: Mapped[str]
    rule_version: Mapped[int]
    subject: Mapped[str]
    amount: Mapped[int]
    # Without the cap of the day.
    full_amount: Mapped[int]
    # The person's points after it.
    balance: Mapped[int]
    earned_at: Mapped[datetime]


class Contributor(Base):
    """Somebody's points as they are now; whoever gives points locks this row first."""

    __tablename__ = "contributors"
    __table_args__ = (
        one_of("level", frozenset(Level)),
        Index("ix_contributors_leaders", text("points DESC"), "user_id"),
    )

    user_id: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(server_default=_NOUGHT)
    level: Mapped[str] = mapped_column(server_default=text(f"'{Level.NEWCOMER}'"))


class ContributorDay(Base):
    """What somebody did on a day (UTC), and what of it counts towards the caps of the day."""

    __tablename__ = "contributor_days"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(server_default=_NOUGHT)
    authored: Mapped[int] = mapped_column(server_default=_NOUGHT)
    judged: Mapped[int] = mapped_column(server_default=_NOUGHT)
    feedback: Mapped[int] = mapped_column(server_default=_NOUGHT)
    verdicts: Mapped[int] = mapped_column(server_default=_NOUGHT)


class ContributorPeriod(Base):
    """Somebody's points of a week (from Monday) or a month, for leaderboards."""

    __tablename__ = "contributor_periods"
    __table_args__ = (
        CheckConstraint("period IN ('month', 'week')", name="period"),
        Index("ix_contributor_periods_leaders", "period", "start", text("points DESC"), "user_id"),
    )

    user_id: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(server_default=_NOUGHT)
