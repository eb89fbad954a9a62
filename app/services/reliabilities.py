"""Reliability: how often people turned out right, as validators and as raters.

A validator was right who said what is known of gold, what an admin decided, or what a round of
more than one concluded; a rater whose feedback was found valid. All of it is counted anew from
the verdicts each time, a batch of people at a time: so it is right whatever was overturned
since, and memory does not grow with the verdicts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.config import Config
from app.db import Transactions
from app.domain import reliability
from app.domain.measuring import Capacity, Measured
from app.domain.page import Page, PageRequest, page_of
from app.domain.reliability import Forgetting
from app.models import Dimension, Reliability
from app.services import large_reads, measurements
from app.services.reliability_evidence import MEASURES, Measure
from app.utils import clock

# People of a batch, which ends where it has enough verdicts: a statement about all of them has to
# end in time, and so few that each reads all ratings would read them again and again.
_BATCH, _ENOUGH = 1000, 200_000
_STORE = text(
    """
INSERT INTO reliabilities (user_id, capacity, scope, alpha, beta, as_of, answers, reasons)
SELECT user_id, :capacity, scope, alpha, beta, :as_of, answers, reasons
FROM jsonb_to_recordset(:rows) AS r(
    user_id text, scope text, alpha float8, beta float8, answers int, reasons jsonb)
ON CONFLICT (user_id, capacity, scope) DO UPDATE SET
    alpha = excluded.alpha, beta = excluded.beta, as_of = excluded.as_of,
    answers = excluded.answers, reasons = excluded.reasons
"""
).bindparams(bindparam("rows", type_=JSONB))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityView:
    """How far somebody is relied on now; ``low`` and ``high`` hold 95 of 100."""

    user_id: str
    capacity: str
    scope: str
    dimension_name: str | None
    mean: float
    low: float
    high: float
    answers: int
    reasons: dict[str, Any]
    as_of: datetime


def forgetting(config: Config) -> Forgetting:
    """Return what the settings say about how evidence fades."""
    return Forgetting(
        alpha=config.reliability_prior_right,
        beta=config.reliability_prior_wrong,
        half_life_days=config.reliability_half_life_days,
    )


def measure(
    transactions: Transactions,
    *,
    rule: Forgetting,
    watch: Callable[[int], None] = lambda _: None,
) -> int:
    """Count everybody's answers anew and return how many people there are, in each capacity.

    A batch is one transaction; a second run, also at the same time, changes nothing. ``watch``
    is told how many people are done.
    """
    now, done = clock.now(), 0
    for measured in MEASURES:
        for number in _measure_all(transactions, measured, rule, now):
            done += number
            watch(done)
    with transactions() as session:
        measurements.note(session, what=Measured.RELIABILITY, as_of=now)
    return done


def _measure_all(
    transactions: Transactions, measured: Measure, rule: Forgetting, now: datetime
) -> Iterator[int]:
    """Yield how many people each batch had."""
    after, people = "", [""]
    while people:
        with transactions() as session:
            large_reads.prepare(session)
            large_reads.prepare_batch(session)
            people = _batch(session, measured, after)
            rows = list(_rows(session, measured, people, rule, now)) if people else []
            _replace(session, measured.capacity, (after, people[-1] if people else None), rows, now)
        after = people[-1] if people else after
        yield len(people)


def _batch(session: Session, measured: Measure, after: str) -> list[str]:
    asked = {"after": after, "batch": _BATCH, "enough": _ENOUGH}
    return list(session.scalars(text(measured.people), asked))


def _rows(
    session: Session, measured: Measure, people: Sequence[str], rule: Forgetting, now: datetime
) -> Iterator[dict[str, Any]]:
    values = {"people": people, "now": now, "half_life": rule.half_life_days}
    found = session.execute(text(measured.evidence), values)
    for (user_id, scope), group in groupby(found, key=lambda row: (row.user_id, row.scope)):
        counts = list(group)
        weights = {True: 0.0, False: 0.0}
        reasons: dict[str, dict[str, int]] = {}
        for row in counts:
            weights[row.is_right] += row.weight
            word = "right" if row.is_right else "wrong"
            reasons.setdefault(row.source, {"right": 0, "wrong": 0})[word] = row.answers
        yield {
            "user_id": user_id,
            "scope": scope,
            "alpha": rule.alpha + weights[True],
            "beta": rule.beta + weights[False],
            "answers": sum(row.answers for row in counts),
            "reasons": reasons,
        }


def _replace(
    session: Session,
    capacity: Capacity,
    between: tuple[str, str | None],
    rows: Sequence[dict[str, Any]],
    now: datetime,
) -> None:
    """Store the rows of a stretch of names, and take away what is there no more."""
    after, last = between
    if rows:
        session.execute(_STORE, {"rows": rows, "capacity": capacity, "as_of": now})
    gone = delete(Reliability).where(
        Reliability.capacity == capacity, Reliability.user_id > after, Reliability.as_of < now
    )
    gone = gone if last is None else gone.where(Reliability.user_id <= last)
    session.execute(gone.execution_options(synchronize_session=False))


def page(
    session: Session,
    *,
    rule: Forgetting,
    page: PageRequest,
    user_id: str | None = None,
    scope: str | None = None,
) -> Page:
    """Return what is held of people now, in the order of their names."""
    query = select(Reliability, Dimension.name).outerjoin(
        Dimension, _dimension_text() == Reliability.scope
    )
    if user_id is not None:
        query = query.where(Reliability.user_id == user_id)
    if scope is not None:
        query = query.where(Reliability.scope == scope)
    key = (Reliability.user_id, Reliability.capacity, Reliability.scope)
    if page.after:
        query = query.where(tuple_(*key) > tuple_(*page.after))
    rows = session.execute(query.order_by(*key).limit(page.limit + 1)).all()
    found = page_of(rows, page, lambda row: (row[0].user_id, row[0].capacity, row[0].scope))
    now = clock.now()
    return Page([_view(row, name, rule, now) for row, name in found.items], found.next_key)


def _dimension_text() -> Any:
    return Dimension.id.cast(Reliability.scope.type)


def _view(row: Reliability, name: str | None, rule: Forgetting, now: datetime) -> ReliabilityView:
    held = reliability.Reliability(
        alpha=row.alpha, beta=row.beta, as_of=row.as_of, answers=row.answers
    )
    present = reliability.faded(held, at=now, rule=rule)
    low, high = present.interval()
    return ReliabilityView(
        user_id=row.user_id,
        capacity=row.capacity,
        scope=row.scope,
        dimension_name=name,
        mean=present.mean,
        low=low,
        high=high,
        answers=row.answers,
        reasons=row.reasons,
        as_of=row.as_of,
    )
