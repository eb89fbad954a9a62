"""Dataset version: a selection of the dataset, frozen, and what it takes to prove and forget it.

Rows and their leaves never change again. What is in a row stands beside it and can only be
deleted, which is how a row is erased: its leaf stays, and with it the version's root.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.states import VersionStatus
from app.models.columns import created_time, json_object, one_of, uuid_key


class DatasetVersion(Base):
    """What was asked for and what came of it; once frozen, all of it stays as it is."""

    __tablename__ = "dataset_versions"
    __table_args__ = (
        one_of("status", frozenset(VersionStatus)),
        Index(None, "model_id", text("id DESC")),
    )

    id: Mapped[uuid_key]
    model_id: Mapped[str]
    name: Mapped[str | None]
    selection: Mapped[json_object]
    splits: Mapped[json_object]
    status: Mapped[str] = mapped_column(server_default=text("'building'"))
    # How far the building has come; a crash goes on from here.
    reached: Mapped[json_object]
    rows: Mapped[int | None]
    merkle_root: Mapped[bytes | None]
    # The hashes of blocks of leaves, one after the other: proofs need not read all leaves.
    blocks: Mapped[bytes | None]
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # How many rows have been erased since.
    erased_rows: Mapped[int] = mapped_column(server_default=text("0"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    created_by: Mapped[str]
    created_at: Mapped[created_time]
    frozen_at: Mapped[datetime | None]


class FrozenRow(Base):
    """A place in a version: an entry or a preference by its id, and the leaf that proves it."""

    __tablename__ = "dataset_version_rows"
    __table_args__ = (UniqueConstraint("version_id", "source_id"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    # Of the content, in the order in which it was collected.
    number: Mapped[int]
    source_id: Mapped[UUID]
    split: Mapped[str]
    leaf: Mapped[bytes]


class FrozenContent(Base):
    """What is in a row: canonical bytes, the salt of its leaf, and whose they are."""

    __tablename__ = "dataset_version_contents"
    __table_args__ = tuple(Index(None, name) for name in ("owner", "rater", "source_id"))

    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[UUID]
    prompt_id: Mapped[UUID]
    interaction_id: Mapped[UUID]
    owner: Mapped[str]
    rater: Mapped[str]
    salt: Mapped[bytes]
    content: Mapped[bytes]


class FrozenSplit(Base):
    """Where a conversation belongs, while its version is being built."""

    __tablename__ = "dataset_version_splits"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), primary_key=True)
    interaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    split: Mapped[str]


class FrozenDrop(Base):
    """What was left out of a version though it was selected: it was nearly another row."""

    __tablename__ = "dataset_version_drops"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    prompt_id: Mapped[UUID]
    # The question that stayed, and how far they resemble each other.
    kept_prompt_id: Mapped[UUID]
    resemblance: Mapped[float]


class FrozenFile(Base):
    """A part of the version's file in the storage; all parts in order are the file."""

    __tablename__ = "dataset_version_files"
    __table_args__ = (
        Index(
            "ix_dataset_version_files_unsettled",
            "version_id",
            postgresql_where=text("stale OR leftover <> '{}'"),
        ),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("dataset_versions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int]
    rows: Mapped[int]
    key: Mapped[str]
    size: Mapped[int]
    # It is not in the storage yet, or holds what has been erased.
    stale: Mapped[bool]
    # How often rows of it were erased: what was read before the last time is not to stay.
    erasures: Mapped[int] = mapped_column(server_default=text("0"))
    # Keys of what it was before, until they are gone from the storage.
    leftover: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
