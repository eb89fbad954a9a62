"""Rebuilding the ledger of points and what is kept out of it, from the event log.

The log is read in the order of its numbers, which for each person is the order in which points
were given. Most of it is read beside whoever goes on giving them; only what came meanwhile is
read while they wait.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain import points as rules
from app.domain.points import FeedbackEvent
from app.models import Feedback
from app.services import point_copies, points
from app.services.events import Recorded
from app.services.point_copies import Difference
from app.services.point_facts import facts_of

SUBMITTED = "feedback.submitted"
_BATCH = 500
_SNAPSHOT = text("SELECT CAST(pg_current_snapshot() AS text)")
_EVENTS = "SELECT id, sequence, time, type, actor, data FROM events WHERE type = ANY(:types)"
_OPEN = text(f"DECLARE log NO SCROLL CURSOR WITH HOLD FOR {_EVENTS} ORDER BY sequence")
_FETCH = text(f"FETCH FORWARD {_BATCH} FROM log")
# What that cursor could not see: it was not committed when the cursor was opened.
_LATER = text(
    f"{_EVENTS} AND transaction >= pg_snapshot_xmin(CAST(:snapshot AS pg_snapshot))"
    " AND NOT pg_visible_in_snapshot(transaction, CAST(:snapshot AS pg_snapshot))"
    " ORDER BY sequence"
)
_ONE_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
_TYPES = {"types": sorted({*rules.TYPES, SUBMITTED})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """How many events were read, how many rows differed from what they make, and some of those."""

    events: int
    different: int
    examples: Sequence[Difference]


def rebuild(
    transactions: Transactions,
    *,
    only_check: bool = False,
    watch: Callable[[int], None] = lambda _: None,
) -> Rebuilt:
    """Make the tables of points equal to what the log makes, or only say what differs.

    ``transactions`` are all on one connection. ``watch`` is told how many events are done.
    """
    with transactions() as session:
        point_copies.make(session)
    with transactions() as session:
        session.execute(_ONE_SNAPSHOT)
        snapshot = session.scalar(_SNAPSHOT)
        session.execute(_OPEN, _TYPES)
    done = 0
    while number := _read_batch(transactions):
        done += number
        watch(done)
    with transactions() as session:
        if only_check:
            # All of it as of one moment, while everybody goes on.
            session.execute(_ONE_SNAPSHOT)
        else:
            point_copies.hold(session)
        later = session.execute(_LATER, {**_TYPES, "snapshot": snapshot}).all()
        _replay(session, later)
        different, examples = point_copies.differences(session)
        if different and not only_check:
            point_copies.repair(session)
    return Rebuilt(events=done + len(later), different=different, examples=examples)


def _read_batch(transactions: Transactions) -> int:
    with transactions() as session:
        rows = session.execute(_FETCH).all()
        _replay(session, rows)
    return len(rows)


def _replay(session: Session, rows: Sequence[Any]) -> None:
    """Do once more what each event did."""
    submitted: Counter[tuple[str, Any]] = Counter()
    for row in rows:
        if row.type == SUBMITTED:
            submitted[row.actor, points.day_of(row.time)] += 1
        else:
            _replay_one(session, row)
    points.count_submissions(session, numbers=submitted)


def _replay_one(session: Session, row: Any) -> None:
    is_whole = "author_id" in row.data or row.type == rules.GOLD_ANSWERED
    data = row.data if is_whole else _completed(session, row)
    if data is None:
        return
    event = FeedbackEvent(type=row.type, actor=row.actor, data=data)
    balances = points.lock(session, people=rules.people_of(event))
    recorded = Recorded(id=row.id, sequence=row.sequence, time=row.time)
    points.give(session, event=event, recorded=recorded, balances=balances)


def _completed(session: Session, row: Any) -> dict[str, Any] | None:
    """Return the data of an event from before it carried what points follow from."""
    target = session.get(Feedback, UUID(row.data["feedback_id"]))
    if target is None:
        return None
    return {**row.data, **facts_of(session, target=target, type_=row.type, ids=row.data)}
