"""Identifiers: UUID version 7 (RFC 9562), which sort by the time they were made."""

import secrets
from datetime import datetime
from uuid import UUID

import uuid_utils.compat

_MOST_PLACES = 0xFFFF


def new_id() -> UUID:
    """Return a fresh UUIDv7."""
    return uuid_utils.compat.uuid7()


def id_at(moment: datetime, *, place: int) -> UUID:
    """Return a UUIDv7 for what was made at ``moment``, long ago perhaps.

    Of the same moment the one with the higher ``place`` sorts later, up to 65,535. Places
    take the bits that the RFC leaves to counters; 58 bits are random.
    """
    counted = min(place, _MOST_PLACES)
    milliseconds = int(moment.timestamp() * 1000)
    high = milliseconds << 16 | 0x7 << 12 | counted >> 4
    low = 0b10 << 62 | (counted & 0xF) << 58 | secrets.randbits(58)
    return UUID(int=high << 64 | low)


def first_id_at(moment: datetime) -> UUID:
    """Return the bound that ids made at ``moment`` or later do not lie below."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
