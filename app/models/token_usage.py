"""Token usage: how many tokens a person's questions and answers took on a day."""

from datetime import date

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class TokenUsage(Base):
    """One row a person and day (UTC); ``reserved`` is for calls that are under way."""

    __tablename__ = "token_usage"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    completion_tokens: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reserved: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    requests: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
