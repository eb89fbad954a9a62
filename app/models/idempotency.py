"""Idempotency key: the first answer to a POST, kept so that a repeat gets the same."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time


class IdempotencyKey(Base):
    """Per caller and route; bound either to a stored answer or to a prompt."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"), Index(None, "prompt_id"))

    caller: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    # SHA-256 of the request's query string and canonical body.
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    prompt_id: Mapped[UUID | None] = mapped_column(ForeignKey("prompts.id"))
    # The response that the key asked for, where it asked for another to a known prompt.
    response_id: Mapped[UUID | None] = mapped_column(ForeignKey("responses.id"))
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[created_time]
