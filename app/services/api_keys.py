"""API keys: made, listed, revoked and recognised; only a digest is ever stored."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal, principal_of
from app.errors import Conflict, Invalid, NotFound
from app.models import ApiKey
from app.services import events
from app.utils import clock

PREFIX = "ifs_"
_BYTES = 32


def create(session: Session, *, name: str, scopes: Iterable[str]) -> str:
    """Make a key and return it: it is shown this once.

    Raises Invalid for a scope that does not exist and Conflict for a taken name.
    """
    wanted = sorted(set(scopes))
    unknown = sorted(set(wanted) - frozenset(Permission))
    if unknown or not wanted:
        known = ", ".join(sorted(Permission))
        raise Invalid(f"expected scopes out of {known}; found {', '.join(unknown) or 'none'}")
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
        raise Conflict(f"there is an API key named {name!r} already")
    key = PREFIX + secrets.token_urlsafe(_BYTES)
    row = ApiKey(name=name, digest=_digest(key), scopes=wanted)
    session.add(row)
    session.flush()
    _record(session, row, "api_key.created")
    return key


def list_all(session: Session) -> Sequence[ApiKey]:
    """Return all keys, by name, without the keys themselves."""
    return session.scalars(select(ApiKey).order_by(ApiKey.name)).all()


def revoke(session: Session, *, name: str) -> None:
    """Make a key worthless from now on; raises NotFound."""
    row = session.scalars(select(ApiKey).where(ApiKey.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"there is no API key named {name!r}")
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        _record(session, row, "api_key.revoked")


def principal_for(session: Session, *, key: str) -> Principal | None:
    """Return who a key stands for, or None for an unknown or revoked one.

    The look-up is by digest, so its time tells nothing about the key.
    """
    row = session.execute(
        select(ApiKey.name, ApiKey.scopes).where(
            ApiKey.digest == _digest(key), ApiKey.revoked_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return principal_of(subject=f"service:{row.name}", roles=(), extra=row.scopes)


def _digest(key: str) -> bytes:
    # The keys are random and long, so a plain digest needs no salt and no stretching.
    return hashlib.sha256(key.encode()).digest()


def _record(session: Session, row: ApiKey, type_: str) -> None:
    data = {"id": str(row.id), "name": row.name, "scopes": row.scopes}
    events.record(session, type_=type_, subject=f"api_key:{row.id}", actor=None, data=data)
