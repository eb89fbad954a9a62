"""Column types that more than one table uses."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

from app.utils.ids import new_id

uuid_key = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
created_time = Annotated[datetime, mapped_column(server_default=func.now())]
json_object = Annotated[dict[str, Any], mapped_column(JSONB, server_default=text("'{}'::jsonb"))]
first_version = Annotated[int, mapped_column(server_default=text("1"))]


# 32 bytes out of the database's strong generator, two of whose ids have 244 random bits.
RANDOM_SALT = text("sha256((uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))")


def one_of(column: str, values: frozenset[str]) -> CheckConstraint:
    """Return the check that ``column`` holds one of ``values``; an open vocabulary stays text."""
    listed = ", ".join(f"'{value}'" for value in sorted(values))
    return CheckConstraint(f"{column} IN ({listed})", name=column)
