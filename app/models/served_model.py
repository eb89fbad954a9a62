"""Served model: which provider answers for a model id, and how."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, first_version, json_object, one_of

PROVIDERS = frozenset({"model_service", "openai", "sagemaker"})


class ServedModel(Base):
    """A route to a model; ids that have none go to the Model Service."""

    __tablename__ = "models"
    __table_args__ = (one_of("provider", PROVIDERS),)

    model_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    # What the provider wants to know: addresses, names; secrets only by the name of a variable.
    settings: Mapped[json_object]
    # The ids of the models that are asked instead, in order, when this one cannot be.
    fallbacks: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    # How many tokens a question and its answer may have together.
    context_tokens: Mapped[int | None]
    # How many calls it may have under way at a time, over all nodes.
    max_concurrency: Mapped[int | None]
    version: Mapped[first_version]
    created_at: Mapped[created_time]
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
