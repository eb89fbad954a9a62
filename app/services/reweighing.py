"""Reweighing: waiting feedback takes its new place in the queue when weights change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.db import Transactions
from app.domain.access import Principal
from app.domain.priority import USUAL_WEIGHTS, Weights, queue_key, weighed, weights_of
from app.domain.states import ALL_MODELS, FeedbackStatus
from app.models import Feedback, ValidationPolicy
from app.services import jobs
from app.services.feedback_views import factors_of

TASK = "priority.reweigh"
_BATCH = 500
_WAITING = (FeedbackStatus.PENDING, FeedbackStatus.RETURNED)
_STORE = text(
    """
UPDATE feedback f SET priority = n.priority, reasons = n.reasons, factors = n.factors
FROM jsonb_to_recordset(:rows) AS n(id uuid, priority float8, reasons jsonb, factors jsonb)
WHERE f.id = n.id
"""
).bindparams(bindparam("rows", type_=JSONB))


@dataclass(frozen=True, slots=True)
class _Batch:
    """How many rows were done, and the last of them; None: there are no more."""

    size: int
    last: UUID | None


def reweigh_later(
    session: Session, *, queue: JobQueue, principal: Principal, model_id: str
) -> UUID:
    """Defer the work in the caller's transaction, and return the job that shows it."""
    job = jobs.begin(
        session,
        queue=queue,
        kind=TASK,
        user_id=principal.id,
        arguments={"model_id": model_id},
    )
    return job.id


def reweigh(transactions: Transactions, *, job_id: UUID, model_id: str) -> None:
    """Weigh anew what waits on a model, or on all, in batches of a transaction each.

    Done twice it does no harm: each row is weighed by what holds when its batch is.
    """
    with transactions() as session:
        if not jobs.start(session, job_id=job_id):
            return
        jobs.progress(session, job_id=job_id, done=0, total=_count(session, model_id))
    done, after = 0, UUID(int=0)
    while True:
        with transactions() as session:
            batch = _reweigh_after(session, model_id, after)
            done += batch.size
            if batch.last is None:
                jobs.succeed(session, job_id=job_id, result={"reweighed": done}, done=done)
                return
            jobs.progress(session, job_id=job_id, done=done)
            after = batch.last


def _reweigh_after(session: Session, model_id: str, after: UUID) -> _Batch:
    rows = session.scalars(
        select(Feedback)
        .where(*_concerned(model_id), Feedback.id > after)
        .order_by(Feedback.id)
        .limit(_BATCH)
        .with_for_update(key_share=True)
    ).all()
    weights = _weights(session)
    session.execute(_STORE, {"rows": [_placed(row, weights) for row in rows]})
    return _Batch(len(rows), rows[-1].id if len(rows) == _BATCH else None)


def _count(session: Session, model_id: str) -> int:
    query = select(func.count()).select_from(Feedback).where(*_concerned(model_id))
    return session.scalars(query).one()


def _concerned(model_id: str) -> Sequence[Any]:
    waiting = Feedback.status.in_(_WAITING)
    return [waiting] if model_id == ALL_MODELS else [waiting, Feedback.model_id == model_id]


def _weights(session: Session) -> dict[str, Weights]:
    """Return the weights of each model with a policy of its own, and of ``all``."""
    query = select(ValidationPolicy.model_id, ValidationPolicy.priority)
    return {row.model_id: weights_of(row.priority) for row in session.execute(query)}


def _placed(row: Feedback, weights: dict[str, Weights]) -> dict[str, Any]:
    usual = weights.get(ALL_MODELS, USUAL_WEIGHTS)
    factors = factors_of(row)
    reasons = weighed(factors, weights.get(row.model_id, usual))
    key = queue_key(reasons, row.created_at)
    return {"id": str(row.id), "priority": key, "reasons": reasons, "factors": factors}
