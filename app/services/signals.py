"""Signals: odd behaviour, kept with its evidence until an administrator has looked at it.

Nothing else reads this table: no status, no point and no right hangs on it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, or_, select
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Principal
from app.domain.measuring import Measured
from app.domain.page import Page, PageRequest
from app.domain.signals import USUAL, Found, SignalKind, SignalStatus, Thresholds
from app.errors import Conflict, Forbidden, NotFound
from app.models import Signal
from app.services import events, keyset, measurements, rating_evidence, verdict_evidence
from app.utils import clock
from app.utils.ids import first_id_at, new_id

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
    dismissed is open again only where what came since then would be told of by itself.
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
    known = _known(session, found)
    if known is None:
        statement = insert(Signal).values(
            id=new_id(), kind=found.kind, key=found.key, first_seen=now, **seen
        )
        session.execute(statement.on_conflict_do_update(index_elements=[Signal.key], set_=seen))
    elif _is_settled(known, found):
        # What it was dismissed for stays beside the reason.
        known.last_seen = now
    else:
        for name, value in {**seen, "status": SignalStatus.OPEN}.items():
            setattr(known, name, value)


def _known(session: Session, found: Found) -> Signal | None:
    """Return the signal that this is seen again of: by its key, or as the same copied texts.

    Of copies the oldest gets out of sight some day; that is nothing new.
    """
    is_it = Signal.key == found.key
    query = select(Signal).where(is_it)
    if found.kind is SignalKind.NEAR_DUPLICATES:
        ids = array([str(one) for one in found.rests_on], type_=Text)
        is_like = Signal.evidence["feedback_ids"].op("?|")(ids)
        query = select(Signal).where((Signal.kind == found.kind) & or_(is_it, is_like))
    query = query.order_by(is_it.desc(), Signal.id).limit(1).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _is_settled(known: Signal, found: Found) -> bool:
    """Say whether it was dismissed, and next to nothing has come since."""
    if known.status == SignalStatus.OPEN or known.dismissed_at is None:
        return False
    return not found.is_news_since(first_id_at(known.dismissed_at))


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
