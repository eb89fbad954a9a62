"""API key: how another service proves who it is."""

from datetime import datetime

from sqlalchemy import LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, uuid_key


class ApiKey(Base):
    """A key's digest and scopes; the key itself is shown once and kept nowhere."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("digest"), UniqueConstraint("name"))

    id: Mapped[uuid_key]
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[created_time]
    revoked_at: Mapped[datetime | None]
