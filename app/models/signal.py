"""Signal: odd behaviour, with its evidence, for an administrator to look at."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.signals import SignalKind, SignalStatus
from app.models.columns import one_of, uuid_key


class Signal(Base):
    """Seen once or more often; it is evidence, and nothing follows from it by itself."""

    __tablename__ = "signals"
    __table_args__ = (
        one_of("kind", frozenset(SignalKind)),
        one_of("status", frozenset(SignalStatus)),
        UniqueConstraint("key"),
        Index(None, "kind", text("id DESC")),
        Index(None, "status", text("id DESC")),
    )

    id: Mapped[uuid_key]
    kind: Mapped[str]
    # Tells the same thing seen again; a digest, so that it holds nobody's name.
    key: Mapped[str]
    people: Mapped[list[str]] = mapped_column(JSONB)
    evidence: Mapped[dict[str, Any]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default=text("'open'"))
    dismissed_by: Mapped[str | None]
    dismissed_at: Mapped[datetime | None]
    note: Mapped[str | None]
