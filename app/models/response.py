"""Response: what a model answered to a prompt, or why it did not."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.states import ResponseStatus
from app.models.columns import created_time, one_of, uuid_key


class Response(Base):
    """An answer to a prompt; several are possible (retries, variants)."""

    __tablename__ = "responses"
    __table_args__ = (
        one_of("status", frozenset(ResponseStatus)),
        Index(None, "prompt_id", "id"),
        Index(None, "interaction_id"),
        # What is there to be rated, newest first.
        Index(
            "ix_responses_ratable",
            "model_id",
            text("id DESC"),
            postgresql_where=text("status IN ('complete', 'cancelled')"),
        ),
        # What the sweep looks for: the few that are not final, by the time they were due.
        Index(
            "ix_responses_open",
            "due_at",
            postgresql_where=text("status IN ('pending', 'streaming')"),
        ),
    )

    id: Mapped[uuid_key]
    prompt_id: Mapped[UUID] = mapped_column(ForeignKey("prompts.id"))
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    status: Mapped[str]
    content: Mapped[str | None]
    model_id: Mapped[str]
    model_version: Mapped[str | None]
    endpoint_name: Mapped[str | None]
    provider: Mapped[str | None]
    finish_reason: Mapped[str | None]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    latency_ms: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    # How this answer was asked for where it differs from the prompt's own way: a variant.
    parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # What was sent to the model, texts of this conversation by their ids.
    sent: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Of the person's budget, set aside until the tokens are counted.
    reserved_tokens: Mapped[int | None]
    # What the question was estimated at then: the count, where nobody else counts.
    estimated_tokens: Mapped[int | None]
    # Set by who wants no more of it; whoever records the answer looks at it.
    cancel_requested_at: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # The body as the model side sent it; the parsed text above is what people see.
    raw: Mapped[str | None]
    created_at: Mapped[created_time]
    # When the call's deadline and grace are over: after it the sweep may end the response.
    due_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
