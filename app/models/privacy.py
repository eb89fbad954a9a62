"""Privacy: the rules per model, and erasures that are under way."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.privacy import Pii
from app.models.columns import created_time, first_version, json_object, one_of


class PrivacyPolicy(Base):
    """What becomes of personal data in training data of a model (or of ``all``), and when."""

    __tablename__ = "privacy_policies"
    __table_args__ = (one_of("pii", frozenset(Pii)),)

    model_id: Mapped[str] = mapped_column(primary_key=True)
    pii: Mapped[str]
    # After how many days what is kept no longer; null: it is kept.
    texts_days: Mapped[int | None]
    raw_days: Mapped[int | None]
    chunks_days: Mapped[int | None]
    # Up to which moment each rule has been applied: what is older is gone.
    reached: Mapped[json_object]
    version: Mapped[first_version]
    created_at: Mapped[created_time]
    updated_at: Mapped[created_time]


class Erasure(Base):
    """Whose data a job erases, as long as it does: the row goes with the last of them."""

    __tablename__ = "erasures"
    __table_args__ = (UniqueConstraint("user_id"),)

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    user_id: Mapped[str]
    # What stands in place of the person's id; nothing else leads from one to the other.
    pseudonym: Mapped[str]
    # How many rows were erased, by table.
    counts: Mapped[json_object]
    # The exports that held rows of theirs, by id.
    held: Mapped[json_object]
    created_at: Mapped[created_time]
