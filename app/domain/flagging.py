"""Flags: that a response needs attention, as a plain text or with a reason out of a list."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class FlagReason(StrEnum):
    """Why a response needs attention."""

    SPAM = "spam"
    UNSAFE = "unsafe"
    PII = "pii"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonedFlag:
    """A flag whose reason can be counted; the note says more."""

    reason: str
    note: str | None = None


Flag: TypeAlias = str | ReasonedFlag


def flag_of(*, text: str | None, reason: str | None) -> Flag | None:
    """Return the flag that is stored as a text and a reason, either of which may be null."""
    return text if reason is None else ReasonedFlag(reason=reason, note=text)


def columns_of(flag: Flag | None) -> dict[str, str | None]:
    """Return how a flag is stored."""
    if isinstance(flag, ReasonedFlag):
        return {"flag": flag.note, "flag_reason": flag.reason}
    return {"flag": flag, "flag_reason": None}
