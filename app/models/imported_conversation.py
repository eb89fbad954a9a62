"""Imported conversation: which conversation of elsewhere became which interaction."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time


class ImportedConversation(Base):
    """Per importer and external id; ``digest`` tells a repeat from another conversation."""

    __tablename__ = "imported_conversations"
    __table_args__ = (Index(None, "interaction_id"),)

    importer: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    # SHA-256 of the conversation as it was taken in, in canonical form.
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    created_at: Mapped[created_time]
