"""Dataset entry: validated feedback as a training example, by reference."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import RANDOM_SALT, created_time, uuid_key


class DatasetEntry(Base):
    """Made in the transaction of what decided; texts stay in the rows it points at."""

    __tablename__ = "dataset_entries"
    __table_args__ = (
        UniqueConstraint("feedback_id"),
        Index(None, "model_id", text("id DESC")),
        Index("ix_dataset_entries_model_id_prompt_id", "model_id", text("prompt_id DESC")),
        Index(None, "response_id"),
        Index(None, "interaction_id"),
        Index("ix_dataset_entries_unread", "id", postgresql_where=text("language IS NULL")),
    )

    id: Mapped[uuid_key]
    model_id: Mapped[str]
    model_version: Mapped[str | None]
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    # What it rests on: the verdict that decided, or an admin's decision.
    validation_id: Mapped[UUID | None] = mapped_column(ForeignKey("validations.id"))
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id"))
    # Whose verdict corrects the answer, where one of those that agree with the outcome does.
    correction_id: Mapped[UUID | None] = mapped_column(ForeignKey("validations.id"))
    response_id: Mapped[UUID] = mapped_column(ForeignKey("responses.id"))
    prompt_id: Mapped[UUID] = mapped_column(ForeignKey("prompts.id"))
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    created_at: Mapped[created_time]
    # Since when nobody learns from it: the feedback was found invalid after all.
    withdrawn_at: Mapped[datetime | None]
    # What the question was found to be in, by ISO 639; null: nobody has looked yet.
    language: Mapped[str | None]
    # Goes into the hash of its row in frozen versions, so that a short text cannot be guessed from
    # that; made with the row. None: destroyed by an erasure, or from before there were salts.
    salt: Mapped[bytes | None] = mapped_column(server_default=RANDOM_SALT)
