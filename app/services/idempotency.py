"""Idempotency keys: one effect and one answer per caller, route and key.

After draft-ietf-httpapi-idempotency-key-header; kept in PostgreSQL, where losing a cache
cannot lose them.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid
from app.models import IdempotencyKey

_KEY = (IdempotencyKey.caller, IdempotencyKey.route, IdempotencyKey.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key as sent; ``fingerprint`` is the SHA-256 of what was asked with it."""

    caller: str
    route: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """The first answer, as it went out."""

    status: int
    headers: dict[str, str]
    body: bytes


def take(session: Session, *, claim: Claim) -> KeptAnswer | None:
    """Hold the key until the transaction ends, or return the answer it has already.

    Raises Conflict while another request holds it and Invalid for another body.
    """
    held = session.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": "\x1f".join((claim.caller, claim.route, claim.key))},
    )
    if not held.scalar_one():
        raise running(claim)
    row = find(session, claim=claim)
    if row is None:
        return None
    return KeptAnswer(status=row.status or 0, headers=row.headers or {}, body=row.body or b"")


def keep(session: Session, *, claim: Claim, answer: KeptAnswer) -> None:
    """Keep ``answer`` for the key; a key that has one keeps it."""
    statement = insert(IdempotencyKey).values(**asdict(claim), **asdict(answer))
    session.execute(statement.on_conflict_do_nothing())


def prompt_of(session: Session, *, claim: Claim | None) -> UUID | None:
    """Return the prompt that the key stands for already; raises Invalid as ``find`` does."""
    bound = find(session, claim=claim) if claim else None
    return bound.prompt_id if bound else None


def bind(session: Session, *, claim: Claim, prompt_id: UUID) -> None:
    """Bind the key to ``prompt_id``.

    Raises Conflict where another request has bound it, and Invalid where that had another
    body; waits for one that is storing its prompt at this moment.
    """
    statement = insert(IdempotencyKey).values(**asdict(claim), prompt_id=prompt_id)
    bound = session.execute(statement.on_conflict_do_nothing().returning(IdempotencyKey.key))
    if bound.one_or_none() is None:
        find(session, claim=claim)
        raise running(claim)


def bind_response(session: Session, *, claim: Claim, response_id: UUID) -> None:
    """Bind the key to ``response_id``, which may follow one that failed.

    The caller holds the prompt: nobody binds the key to another response meanwhile.
    """
    values = {"fingerprint": claim.fingerprint, "response_id": response_id}
    statement = insert(IdempotencyKey).values(**{**asdict(claim), **values})
    session.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=values))


def find(session: Session, *, claim: Claim) -> IdempotencyKey | None:
    """Return the row of the key; raises Invalid where it was sent with another body."""
    row = session.scalars(
        select(IdempotencyKey).where(tuple_(*_KEY) == (claim.caller, claim.route, claim.key))
    ).one_or_none()
    if row is not None and row.fingerprint != claim.fingerprint:
        raise Invalid(
            "this Idempotency-Key was sent before with another body",
            code="idempotency_key_reused",
        )
    return row


def running(claim: Claim) -> Conflict:
    """Return the error for a repeat that comes while the first request runs."""
    return Conflict(
        f"the first request with the Idempotency-Key {claim.key!r} is still running",
        code="idempotency_key_in_use",
    )


def forget_before(session: Session, *, moment: datetime, limit: int) -> int:
    """Delete up to ``limit`` keys made before ``moment`` and return how many went."""
    # A common table: a subquery in its place may be run again and again, each time for more.
    old = (
        select(*_KEY)
        .where(IdempotencyKey.created_at < moment)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    gone = session.execute(
        delete(IdempotencyKey).where(tuple_(*_KEY).in_(select(old))).returning(IdempotencyKey.key)
    )
    return len(gone.all())
