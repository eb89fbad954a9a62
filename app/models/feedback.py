"""Feedback: what one person thinks of one response."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.flagging import FlagReason
from app.domain.states import FeedbackStatus, Rating
from app.models.columns import created_time, first_version, one_of, uuid_key

_PENDING = text("status = 'pending'")
_GOLD = text("gold_version IS NOT NULL AND status = 'pending'")


class Feedback(Base):
    """One person's rating, comment, correction or flag; one per person and response."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("response_id", "user_id"),
        one_of("status", frozenset(FeedbackStatus)),
        one_of("rating", frozenset(Rating)),
        one_of("flag_reason", frozenset(FlagReason)),
        Index(None, "user_id", text("id DESC")),
        Index(None, "user_id", "status", text("id DESC")),
        Index(None, "interaction_id"),
        Index(None, "model_id", "status", text("id DESC")),
        Index(
            "ix_feedback_queue",
            text("priority DESC"),
            text("id DESC"),
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_feedback_queue_by_model",
            "model_id",
            text("priority DESC"),
            text("id DESC"),
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_feedback_gold_queue",
            text("priority DESC"),
            text("id DESC"),
            postgresql_where=_GOLD,
        ),
        Index(
            "ix_feedback_gold_queue_by_model",
            "model_id",
            text("priority DESC"),
            text("id DESC"),
            postgresql_where=_GOLD,
        ),
        # A number that has nothing to do with what it says: from it on, work is drawn by lot.
        Index("ix_feedback_lots", text("uuid_hash(id)"), postgresql_where=_PENDING),
        Index(
            "ix_feedback_lots_by_model",
            "model_id",
            text("uuid_hash(id)"),
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_feedback_decided",
            "decided_at",
            "model_id",
            postgresql_where=text("decided_at IS NOT NULL"),
        ),
        Index("ix_feedback_tied", text("id DESC"), postgresql_where=text("status = 'tied'")),
    )

    id: Mapped[uuid_key]
    response_id: Mapped[UUID] = mapped_column(ForeignKey("responses.id"))
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    # Who held the conversation and with which model: fixed facts, kept here so that the
    # queue of a validator is one index scan.
    owner_id: Mapped[str]
    model_id: Mapped[str]
    user_id: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    rating: Mapped[str | None]
    overall_comment: Mapped[str | None]
    correction: Mapped[str | None]
    flag: Mapped[str | None]
    flag_reason: Mapped[str | None]
    cannot_judge: Mapped[bool] = mapped_column(server_default=text("false"))
    cannot_judge_reason: Mapped[str | None]
    # The place in the queue; it falls with the time of submission, so age needs no update.
    priority: Mapped[float]
    reasons: Mapped[dict[str, Any]]
    # What the weights made the reasons of; null: from before there was a choice of weights.
    factors: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Where its author stands, from 0 to 1, by dimension and as ``rating``.
    stances: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[first_version]
    round: Mapped[first_version]
    # The rules of this round: what a policy says later is for rounds that open later.
    validators: Mapped[first_version]
    quorum: Mapped[float] = mapped_column(server_default=text("0.5"))
    blind: Mapped[bool] = mapped_column(server_default=text("false"))
    trusted_weight: Mapped[first_version]
    leased_only: Mapped[bool] = mapped_column(server_default=text("false"))
    # The version whose answer is known: as long as it is the present one, no round decides.
    gold_version: Mapped[int | None]
    # Why it was sent back, and why its author disagrees with the rejection.
    return_reason: Mapped[str | None]
    appeal: Mapped[str | None]
    created_at: Mapped[created_time]
    updated_at: Mapped[created_time]
    decided_at: Mapped[datetime | None]


class DimensionRating(Base):
    """A score on one dimension, with the version of the scale it was given on."""

    __tablename__ = "dimension_ratings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dimension_id", "dimension_version"],
            ["dimension_versions.dimension_id", "dimension_versions.version"],
        ),
        CheckConstraint("cannot_judge = (score IS NULL)", name="score"),
        Index(None, "dimension_id", "dimension_version"),
    )

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    dimension_id: Mapped[UUID] = mapped_column(primary_key=True)
    dimension_version: Mapped[int]
    position: Mapped[int]
    # A number, a boolean or a category, as the scale says; null where nobody could judge.
    score: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    cannot_judge: Mapped[bool] = mapped_column(server_default=text("false"))
    cannot_judge_reason: Mapped[str | None]
    justification: Mapped[str | None]
    correct_response: Mapped[str | None]
    # Whether the verdicts on this dimension were against it: then nobody learns from it.
    refuted: Mapped[bool] = mapped_column(server_default=text("false"))
