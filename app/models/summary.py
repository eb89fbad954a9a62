"""Summary: what stands for the older part of a conversation when a model is asked."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, uuid_key


class Summary(Base):
    """What a model made of the turns up to and with ``up_to_sequence``."""

    __tablename__ = "summaries"
    __table_args__ = (UniqueConstraint("interaction_id", "up_to_sequence"),)

    id: Mapped[uuid_key]
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    up_to_sequence: Mapped[int]
    content: Mapped[str]
    model_id: Mapped[str]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    created_at: Mapped[created_time]
