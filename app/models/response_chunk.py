"""Response chunk: a batch of tokens of an answer, kept as they came."""

from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class ResponseChunk(Base):
    """The stream journal's durable part; ``index`` is the first token's place, from 0."""

    __tablename__ = "response_chunks"

    response_id: Mapped[UUID] = mapped_column(ForeignKey("responses.id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    tokens: Mapped[list[str]] = mapped_column(ARRAY(Text))
