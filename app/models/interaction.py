"""Interaction: a conversation of one person with one model."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.states import InteractionStatus
from app.models.columns import (
    created_time,
    first_version,
    json_object,
    one_of,
    uuid_key,
)


class Interaction(Base):
    """A conversation; its messages are prompts and responses."""

    __tablename__ = "interactions"
    __table_args__ = (
        one_of("status", frozenset(InteractionStatus)),
        # UUIDv7 sorts by time of making, so these serve "newest first" without a sort.
        Index(None, "user_id", text("id DESC")),
        Index(None, "user_id", "status", text("id DESC")),
        Index(None, "user_id", "model_id", text("id DESC")),
        Index(None, "user_id", "model_id", "status", text("id DESC")),
        # Whether anybody has spoken to a model at all.
        Index(None, "model_id"),
    )

    id: Mapped[uuid_key]
    user_id: Mapped[str]
    model_id: Mapped[str]
    model_version: Mapped[str | None]
    title: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    system_prompt: Mapped[str | None]
    settings: Mapped[json_object]
    # "metadata" is taken by SQLAlchemy on the class; the column keeps the contract's name.
    metadata_: Mapped[json_object] = mapped_column("metadata")
    training_consent: Mapped[bool]
    # Under which policy it was given or refused, and when; null: elsewhere, or before there
    # was one.
    consent_policy: Mapped[str | None]
    consent_at: Mapped[datetime | None]
    # The sequence number of the latest prompt; numbering is handed out by updating it.
    last_sequence: Mapped[int] = mapped_column(server_default=text("0"))
    # Prompts up to this number are forgotten by the model, never by the record.
    memory_floor: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[first_version]
    created_at: Mapped[created_time]
    updated_at: Mapped[created_time]
    ended_at: Mapped[datetime | None]
    # Since when its texts and its owner's id are gone: nobody rates it or trains on it.
    erased_at: Mapped[datetime | None]
