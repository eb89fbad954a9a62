"""Validation: the rules, who has a place in a round, the verdicts, and an admin's decisions."""

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
from app.models.columns import created_time, first_version, json_object, uuid_key

_PERSON = ("feedback_id", "round", "validator_id")


class ValidationPolicy(Base):
    """How feedback on a model (or on ``all``) is validated."""

    __tablename__ = "validation_policies"
    __table_args__ = (
        CheckConstraint("validators >= 1", name="validators"),
        CheckConstraint("quorum BETWEEN 0.5 AND 1", name="quorum"),
        CheckConstraint("lease_seconds >= 1", name="lease_seconds"),
        CheckConstraint("trusted_weight >= 1", name="trusted_weight"),
        CheckConstraint("gold_share BETWEEN 0 AND 1", name="gold_share"),
        CheckConstraint("random_share BETWEEN 0 AND 1", name="random_share"),
    )

    model_id: Mapped[str] = mapped_column(primary_key=True)
    validators: Mapped[int]
    quorum: Mapped[float]
    blind: Mapped[bool]
    lease_seconds: Mapped[int]
    trusted_weight: Mapped[first_version]
    leased_only: Mapped[bool] = mapped_column(server_default=text("false"))
    gold_share: Mapped[float] = mapped_column(server_default=text("0"))
    # Which part of the work is handed out by lot.
    random_share: Mapped[float] = mapped_column(server_default=text("0.05"))
    # The weight of each factor of the queue; those that are absent are as usual.
    priority: Mapped[json_object]
    version: Mapped[first_version]
    created_at: Mapped[created_time]
    updated_at: Mapped[created_time]


class ValidationPlace(Base):
    """One of the N places of a round: leased to somebody, or taken by their verdict.

    The check and the keys are why there are never N + 1 verdicts: a verdict needs its place.
    """

    __tablename__ = "validation_places"
    __table_args__ = (
        UniqueConstraint(*_PERSON),
        UniqueConstraint("token"),
        CheckConstraint("place BETWEEN 1 AND validators", name="place"),
        Index(
            "ix_validation_places_leased",
            "validator_id",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    # How many places the round has, as the feedback says.
    validators: Mapped[int]
    validator_id: Mapped[str]
    # The fencing token: who comes with an old one has lost the place.
    token: Mapped[UUID]
    # When the lease ends; null: the verdict is there.
    expires_at: Mapped[datetime | None]
    # Which version of the feedback was handed out with the lease; null: none was.
    feedback_version: Mapped[int | None]


class Validation(Base):
    """A verdict; one per validator, feedback and round."""

    __tablename__ = "validations"
    __table_args__ = (
        UniqueConstraint(*_PERSON),
        # A pseudonym comes to both.
        ForeignKeyConstraint(
            _PERSON, [f"validation_places.{name}" for name in _PERSON], onupdate="CASCADE"
        ),
        Index(None, "validator_id", text("id DESC")),
    )

    id: Mapped[uuid_key]
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    round: Mapped[int]
    validator_id: Mapped[str]
    # Null: neither, it is sent back to its author.
    is_valid: Mapped[bool | None]
    notes: Mapped[str | None]
    # How often it counts towards the quorum.
    weight: Mapped[first_version]
    # What the whole answer should have been, as the validator sees it.
    correction: Mapped[str | None]
    # Which version of the feedback it is about, and whether the round was a blind one.
    feedback_version: Mapped[int | None]
    blind: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[created_time]


class ValidationDimension(Base):
    """What a verdict says of the rating of one dimension."""

    __tablename__ = "validation_dimensions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dimension_id", "dimension_version"],
            ["dimension_versions.dimension_id", "dimension_versions.version"],
        ),
        CheckConstraint("NOT is_valid OR correct_score IS NULL", name="correct_score"),
        Index(None, "dimension_id", "dimension_version"),
    )

    validation_id: Mapped[UUID] = mapped_column(ForeignKey("validations.id"), primary_key=True)
    dimension_id: Mapped[UUID] = mapped_column(primary_key=True)
    # The version of the scale that the rating was given on, and its correction is.
    dimension_version: Mapped[int]
    position: Mapped[int]
    is_valid: Mapped[bool]
    notes: Mapped[str | None]
    correct_score: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)


class Decision(Base):
    """What an admin decided, where the verdicts did not, or against them."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "feedback_id"),)

    id: Mapped[uuid_key]
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    round: Mapped[int]
    decided_by: Mapped[str]
    is_valid: Mapped[bool]
    notes: Mapped[str]
    created_at: Mapped[created_time]
