"""Answers: what others were told of erased things, and is kept for a repeat of their requests."""

import re
from uuid import UUID

import orjson
from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from app.db import Transactions
from app.models import Erasure, Feedback, IdempotencyKey, Interaction

_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BATCH = 200
_KEY = (IdempotencyKey.caller, IdempotencyKey.route, IdempotencyKey.key)
_GONE = 410
# What a repeat gets from now on: not the first answer, and no second effect.
_BODY = orjson.dumps(
    {
        "type": "about:blank",
        "title": "Gone",
        "status": _GONE,
        "code": "erased",
        "detail": "what was answered here has been erased",
    }
)
_HEADERS = {"Content-Type": "application/problem+json"}


def erase(transactions: Transactions, *, job_id: UUID, pseudonym: str) -> None:
    """Blank kept answers that name things of the pseudonym's; each batch a transaction."""
    after: tuple[str, ...] | None = ("", "", "")
    while after is not None:
        with transactions() as session:
            after = _erase_batch(session, job_id, pseudonym, after)


def _erase_batch(
    session: Session, job_id: UUID, pseudonym: str, after: tuple[str, ...]
) -> tuple[str, ...] | None:
    query = (
        select(*_KEY, IdempotencyKey.body)
        .where(tuple_(*_KEY) > after, IdempotencyKey.body.is_not(None))
        .order_by(*_KEY)
        .limit(_BATCH)
        .with_for_update()
    )
    rows = session.execute(query).all()
    named = {tuple(row[:3]): {UUID(id_.decode()) for id_ in _ID.findall(row.body)} for row in rows}
    erased = _erased(session, set().union(*named.values()), pseudonym)
    gone = [key for key, ids in named.items() if ids & erased]
    if gone:
        session.execute(
            update(IdempotencyKey)
            .where(tuple_(*_KEY).in_(gone))
            .values(status=_GONE, headers=_HEADERS, body=_BODY)
        )
        counts = func.coalesce(Erasure.counts["kept_answers"].as_integer(), 0) + len(gone)
        session.execute(
            update(Erasure)
            .where(Erasure.job_id == job_id)
            .values(counts=Erasure.counts.concat(func.jsonb_build_object("kept_answers", counts)))
        )
    return tuple(rows[-1][:3]) if len(rows) == _BATCH else None


def _erased(session: Session, ids: set[UUID], pseudonym: str) -> set[UUID]:
    """Return those of ``ids`` that are conversations or feedback of the pseudonym's."""
    found = select(Interaction.id).where(Interaction.id.in_(ids), Interaction.user_id == pseudonym)
    given = select(Feedback.id).where(
        Feedback.id.in_(ids), or_(Feedback.user_id == pseudonym, Feedback.owner_id == pseudonym)
    )
    return set(session.scalars(found.union_all(given)))
