"""Prompt: what a person said to a model, stored before the model is asked."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
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
        Index("ix_prompts_pinned", "interaction_id", postgresql_where=text("pinned")),
    )

    id: Mapped[uuid_key]
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    content: Mapped[str]
    context: Mapped[str | None]
    system_prompt: Mapped[str | None]
    parameters: Mapped[json_object]
    # What else the caller sent along, in the OpenAI form: all of a conversation that the
    # caller keeps, of which ``content`` is the last question.
    messages: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Pinned turns go to the model with every message, however long ago they were.
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    # Which of several answers the conversation goes on with; null: the newest complete one.
    chosen_response_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("responses.id", use_alter=True)
    )
    created_at: Mapped[created_time]
