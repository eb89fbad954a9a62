"""Dimension: what people rate a response on; its scale is versioned."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, Uuid, column, select, table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.db import Base
from app.domain.states import ALL_MODELS
from app.models.columns import created_time, first_version, uuid_key

_GENERAL = table(
    "dimensions", column("id", Uuid), column("name"), column("model_id"), column("archived_at")
).alias("general")


class Dimension(Base):
    """A named question about a response, for one model or for ``all``."""

    __tablename__ = "dimensions"
    __table_args__ = (UniqueConstraint("model_id", "name"),)

    id: Mapped[uuid_key]
    name: Mapped[str] = mapped_column()
    description: Mapped[str | None]
    model_id: Mapped[str] = mapped_column()
    scale: Mapped[dict[str, Any]]
    required: Mapped[bool]
    weight: Mapped[float]
    guidance: Mapped[str | None]
    # What single scores mean: [{score, text}], on the scale as it is now.
    anchors: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    # The version of the scale; scores refer to it, so that a change does not break old ones.
    version: Mapped[first_version]
    created_at: Mapped[created_time]
    updated_at: Mapped[created_time]
    archived_at: Mapped[datetime | None] = mapped_column()
    # The one for all models that a model's own, by the same name, is rated instead of.
    overrides: Mapped[UUID | None] = column_property(
        select(_GENERAL.c.id)
        .where(
            _GENERAL.c.name == name,
            _GENERAL.c.model_id == ALL_MODELS,
            _GENERAL.c.archived_at.is_(None),
            model_id != ALL_MODELS,
            archived_at.is_(None),
        )
        .correlate_except(_GENERAL)
        .scalar_subquery(),
        deferred=True,
    )


class DimensionVersion(Base):
    """A scale as it was; rows are never changed."""

    __tablename__ = "dimension_versions"

    dimension_id: Mapped[UUID] = mapped_column(ForeignKey("dimensions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    scale: Mapped[dict[str, Any]]
    # How scores of the version before carry over; null: nobody has said.
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[created_time]
