"""Prompt: what a person said to a model, stored before the model is asked."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, json_object, one_of, uuid_key

PROMPT_KINDS = frozenset({"prompt", "chat"})


class Prompt(Base):
    """One turn of a person; ``kind`` says whether the conversation's memory went with it."""

    __tablename__ = "prompts"
    __table_args__ = (
        UniqueConstraint("interaction_id", "sequence"),
        one_of("kind", PROMPT_KINDS),
    )

    id: Mapped[uuid_key]
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    content: Mapped[str]
    context: Mapped[str | None]
    system_prompt: Mapped[str | None]
    parameters: Mapped[json_object]
    created_at: Mapped[created_time]
