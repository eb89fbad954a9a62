"""Dataset export: who fetched which training data, and when."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import created_time, uuid_key


class DatasetExport(Base):
    """One fetch of a model's entries: what an erasure tells of later."""

    __tablename__ = "dataset_exports"
    __table_args__ = (Index(None, "model_id", text("id DESC")),)

    id: Mapped[uuid_key]
    model_id: Mapped[str]
    shape: Mapped[str]
    format: Mapped[str]
    requested_by: Mapped[str]
    # How many rows went out; null: it broke off, or is a part of a file.
    rows: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[created_time]
    finished_at: Mapped[datetime | None]
    # Since when it holds what has been erased here.
    stale_at: Mapped[datetime | None]
