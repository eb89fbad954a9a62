"""Signals: odd behaviour, kept with its evidence until an administrator has looked at it.

Nothing else reads this table: no status, no point and no right hangs on it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Principal
from app.domain.measuring import Measured
from app.domain.page import Page, PageRequest
from app.domain.signals import USUAL, Found, SignalStatus, Thresholds
from app.errors import Conflict, Forbidden, NotFound
from app.models import Signal
from app.services import events, keyset, measurements, rating_evidence, verdict_evidence
from app.utils import clock
from app.utils.ids import new_id

_LOOKS: tuple[Callable[..., Iterator[Found]], ...] = (
    verdict_evidence.too_fast,
    verdict_evidence.pairs,
    rating_evidence.straight_lines,
    rating_evidence.copies,
    rating_evidence.bursts,
)


def look(
    transactions: Transactions,
    *,
    days: int,
    limits: Thresholds = USUAL,
    watch: Callable[[int], None] = lambda _: None,
) -> int:
    """Look at the last ``days`` and return how many signals there are; a second look adds none.

    Each kind of evidence is one transaction; ``watch`` is told how many are done. What was
    dismissed stays so, with new evidence.
    """
    now = clock.now()
    number = 0
    for done, evidence in enumerate(_LOOKS, 1):
        with transactions() as session:
            for found in evidence(session, since=now - timedelta(days=days), limits=limits):
                _keep(session, found, now)
                number += 1
        watch(done)
    with transactions() as session:
        measurements.note(session, what=Measured.SIGNALS, as_of=now)
    return number


def _keep(session: Session, found: Found, now: datetime) -> None:
    seen: dict[str, Any] = {
        "people": list(found.people),
        "evidence": dict(found.evidence),
        "last_seen": now,
    }
    statement = insert(Signal).values(
        id=new_id(), kind=found.kind, key=found.key, first_seen=now, **seen
    )
    session.execute(statement.on_conflict_do_update(index_elements=[Signal.key], set_=seen))


def page(
    session: Session,
    *,
    page: PageRequest,
    status: str | None = None,
    kind: str | None = None,
) -> Page:
    """Return what was seen, the latest first."""
    query = select(Signal)
    if status:
        query = query.where(Signal.status == status)
    if kind:
        query = query.where(Signal.kind == kind)
    return keyset.descending(session, query=query, by=(Signal.id,), page=page)


def dismiss(session: Session, *, principal: Principal, signal_id: UUID, note: str) -> Signal:
    """Say that there is nothing to it, and why; raises NotFound, Conflict and Forbidden.

    Nobody dismisses what is about themselves.
    """
    row = session.get(Signal, signal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no signal {signal_id}")
    if row.status != SignalStatus.OPEN:
        raise Conflict("expected an open signal, found it dismissed", code="signal_dismissed")
    if principal.id in row.people:
        raise Forbidden("nobody dismisses a signal about themselves", code="own_signal")
    row.status, row.note = SignalStatus.DISMISSED, note
    row.dismissed_by, row.dismissed_at = principal.id, clock.now()
    session.flush()
    events.record(
        session,
        type_="signal.dismissed",
        subject=f"signal:{row.id}",
        actor=principal.id,
        data={"signal_id": str(row.id), "kind": row.kind},
    )
    return row
