"""Job: background work that somebody may want to look at."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.states import JobStatus
from app.models.columns import created_time, one_of, uuid_key


class Job(Base):
    """Progress and result of a piece of work; the queue itself is procrastinate's."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("status", frozenset(JobStatus)),
        Index(None, "kind", text("id DESC")),
        Index(None, "user_id", text("id DESC")),
        Index(None, "status", text("id DESC")),
        # How many messages of a conversation wait for their answers.
        Index(
            "ix_jobs_messages_waiting",
            text("(arguments ->> 'interaction_id')"),
            postgresql_where=text("kind = 'message' AND status IN ('queued', 'running')"),
        ),
    )

    id: Mapped[uuid_key]
    kind: Mapped[str]
    # For whom the work is done: that person may look at it.
    user_id: Mapped[str | None]
    # What the work is about, so that it can be begun once more.
    arguments: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    # How often it was begun.
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[created_time]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
