"""Preference: which of several answers to a prompt a person likes better."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.domain.preference import PairVerdict
from app.models.columns import RANDOM_SALT, created_time, one_of, uuid_key


class Preference(Base):
    """A person's ranking of a prompt's answers, or comparison of two; the ranks are beside it."""

    __tablename__ = "preferences"
    __table_args__ = (
        UniqueConstraint("prompt_id", "user_id", "pair"),
        one_of("verdict", frozenset(PairVerdict)),
        Index(None, "user_id", text("id DESC")),
        Index(None, "prompt_id", text("id DESC")),
        Index("ix_preferences_unread", "id", postgresql_where=text("language IS NULL")),
    )

    id: Mapped[uuid_key]
    prompt_id: Mapped[UUID] = mapped_column(ForeignKey("prompts.id"))
    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    user_id: Mapped[str]
    # Which two were compared, whichever came first; empty for a ranking.
    pair: Mapped[str]
    # What the comparison of two came to; null for a ranking.
    verdict: Mapped[str | None]
    created_at: Mapped[created_time]
    # What the question was found to be in, by ISO 639; null: nobody has looked yet.
    language: Mapped[str | None]
    # Goes into the hash of its row in frozen versions, so that a short text cannot be guessed from
    # that; made with the row. None: destroyed by an erasure, or from before there were salts.
    salt: Mapped[bytes | None] = mapped_column(server_default=RANDOM_SALT)


class PreferenceRank(Base):
    """Where an answer stands: 1 is the best, and equal ranks are ties."""

    __tablename__ = "preference_ranks"

    preference_id: Mapped[UUID] = mapped_column(ForeignKey("preferences.id"), primary_key=True)
    response_id: Mapped[UUID] = mapped_column(ForeignKey("responses.id"), primary_key=True)
    rank: Mapped[int]
    # Its place in what was sent, so that a group comes back in its order.
    position: Mapped[int]
