"""Forgotten people: by what they are called once their ids are gone."""

import hashlib
import secrets
from uuid import UUID

_PREFIX = "erased:"


def new_pseudonym() -> str:
    """Return what stands in a person's place; nothing leads from one to the other."""
    return _PREFIX + secrets.token_hex(16)


def is_mark(name: str | None) -> bool:
    """Say whether ``name`` may be a mark."""
    return name is not None and name.startswith(_PREFIX)


def mark_of(user_id: str, job_id: UUID) -> str:
    """Return by what a person, who knows the id, recognises the receipt of their erasure.

    scrypt (RFC 7914), salted by the job: from the mark nobody reads who it was, and trying
    ids takes long.
    """
    digest = hashlib.scrypt(
        user_id.encode("utf-8", "surrogatepass"), salt=job_id.bytes, n=2**14, r=8, p=1, dklen=16
    )
    return _PREFIX + digest.hex()
