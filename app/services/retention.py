"""Retention: what a policy keeps for a time only is removed, a batch a transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.states import ALL_MODELS, OPEN_RESPONSES
from app.models import (
    Feedback,
    Interaction,
    Job,
    Preference,
    PrivacyPolicy,
    Response,
    ResponseChunk,
)
from app.services import events, jobs
from app.services.erasure.fates import CONVERSATION
from app.services.erasure.rules import RULES
from app.services.erasure.statements import BATCH, Roots, erase_texts
from app.utils import clock
from app.utils.ids import first_id_at

KIND = "retention"
_TEXTS = ("interactions", "prompts", "responses", "response_chunks", "summaries")
_CONVERSATIONS = 20

# Looks at the rows after one, removes what is due, and returns the last one and how many went.
Step = Callable[[Session, PrivacyPolicy, datetime, UUID | None], tuple[UUID | None, int]]


def apply(transactions: Transactions) -> None:
    """Remove what is due by every policy; what a crash leaves is due the next time."""
    with transactions() as session:
        models = session.scalars(
            select(PrivacyPolicy.model_id).where(
                or_(*(column.is_not(None) for column in _days().values()))
            )
        ).all()
        job_id = jobs.create(session, kind=KIND, user_id=None) if models else None
    if job_id is None:
        return
    with transactions() as session:
        jobs.start(session, job_id=job_id)
    removed = {model_id: _apply(transactions, job_id, model_id) for model_id in models}
    with transactions() as session:
        done = sum(sum(counts.values()) for counts in removed.values())
        jobs.succeed(session, job_id=job_id, result={"removed": removed}, done=done)


def _apply(transactions: Transactions, job_id: UUID, model_id: str) -> dict[str, int]:
    removed = {kind: _remove(transactions, job_id, model_id, kind) for kind in _STEPS}
    removed = {kind: rows for kind, rows in removed.items() if rows}
    if removed:
        with transactions() as session:
            events.record(
                session,
                type_="retention.applied",
                subject=f"privacy_policy:{model_id}",
                actor=None,
                data={"model_id": model_id, **removed},
            )
    return removed


def _remove(transactions: Transactions, job_id: UUID, model_id: str, kind: str) -> int:
    """Remove what is due of a kind, up to the moment that it begins; return how many rows."""
    removed, after, before = 0, None, clock.now()
    while True:
        with transactions() as session:
            policy = session.get(PrivacyPolicy, model_id)
            days = getattr(policy, f"{kind}_days") if policy else None
            if policy is None or days is None:
                return removed
            moment = before - timedelta(days=days)
            after, rows = _STEPS[kind](session, policy, moment, after)
            session.execute(update(Job).where(Job.id == job_id).values(done=Job.done + rows))
            if after is None:
                policy.reached = {**policy.reached, kind: moment.isoformat()}
        removed += rows
        if after is None:
            return removed


def _days() -> dict[str, Any]:
    return {kind: getattr(PrivacyPolicy, f"{kind}_days") for kind in _STEPS}


def _of(policy: PrivacyPolicy, model_id: Any) -> Any:
    """Return the condition that a row's model goes by this policy, and not by one of its own."""
    if policy.model_id != ALL_MODELS:
        return model_id == policy.model_id
    return ~exists().where(PrivacyPolicy.model_id == model_id)


def _texts(
    session: Session, policy: PrivacyPolicy, moment: datetime, after: UUID | None
) -> tuple[UUID | None, int]:
    """Blank conversations that nobody gave feedback on, or compared answers in."""
    query = select(Interaction.id).where(
        _of(policy, Interaction.model_id),
        Interaction.updated_at < moment,
        Interaction.erased_at.is_(None),
        ~exists().where(Feedback.interaction_id == Interaction.id),
        ~exists().where(Preference.interaction_id == Interaction.id),
    )
    query = query.where(Interaction.id > after) if after else query
    query = query.order_by(Interaction.id).limit(_CONVERSATIONS)
    ids = session.scalars(query.with_for_update(skip_locked=True)).all()
    roots = Roots(kind=CONVERSATION, ids=[str(id_) for id_ in ids])
    rows = BATCH
    while ids and rows == BATCH:
        rows = max(
            erase_texts(session, table=table, rule=RULES[table], roots=roots, who={})
            for table in _TEXTS
        )
    return (ids[-1] if len(ids) == _CONVERSATIONS else None), len(ids)


def _ended(policy: PrivacyPolicy, moment: datetime, after: UUID | None) -> Any:
    """Return the answers that ended before ``moment``, in the order of their making."""
    query = select(Response.id).where(
        _of(policy, Response.model_id),
        Response.id < first_id_at(moment),
        Response.status.not_in(OPEN_RESPONSES),
    )
    query = query.where(Response.id > after) if after else query
    return query.order_by(Response.id).limit(BATCH)


def _raw(
    session: Session, policy: PrivacyPolicy, moment: datetime, after: UUID | None
) -> tuple[UUID | None, int]:
    said = or_(Response.raw.is_not(None), Response.sent.is_not(None))
    ids = session.scalars(_ended(policy, moment, after).where(said)).all()
    session.execute(update(Response).where(Response.id.in_(ids)).values(raw=None, sent=None))
    return (ids[-1] if len(ids) == BATCH else None), len(ids)


def _chunks(
    session: Session, policy: PrivacyPolicy, moment: datetime, after: UUID | None
) -> tuple[UUID | None, int]:
    kept = exists().where(ResponseChunk.response_id == Response.id)
    ids = session.scalars(_ended(policy, moment, after).where(kept)).all()
    session.execute(delete(ResponseChunk).where(ResponseChunk.response_id.in_(ids)))
    return (ids[-1] if len(ids) == BATCH else None), len(ids)


_STEPS: dict[str, Step] = {"texts": _texts, "raw": _raw, "chunks": _chunks}
