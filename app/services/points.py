"""Points: giving them, in the transaction of the event that earns them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.domain import points
from app.domain.forgotten import is_mark
from app.domain.levels import Level, level_of
from app.domain.point_rules import Pool
from app.domain.points import FeedbackEvent, Points
from app.errors import Unavailable
from app.models import Contributor, Erasure, Feedback
from app.services import events
from app.services.events import Recorded
from app.services.point_facts import facts_of

# Everybody in the same order, so that nobody waits for each other. Who holds these rows draws
# the event's number next: for each person the order of the log is the order of the locks.
_LOCK = text(
    """
INSERT INTO contributors (user_id)
SELECT person FROM unnest(CAST(:people AS text[])) WITH ORDINALITY AS one (person, place)
ORDER BY place
ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
RETURNING user_id, points
"""
)
# What the feedback, where it is named, brought whom before, and what people had on the day.
_BEFORE = text(
    """
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'user_id', user_id, 'rule', rule, 'rule_version', rule_version,
                   'subject', subject, 'amount', amount, 'full_amount', full_amount)
                   ORDER BY sequence, position), '[]')
        FROM points_entries WHERE feedback_id = :feedback_id) AS earned,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'user_id', user_id, 'authored', authored, 'judged', judged)), '[]')
        FROM contributor_days
        WHERE day = :day AND user_id = ANY(CAST(:people AS text[]))) AS had
"""
)
_STORE = text(
    """
WITH given AS (
    INSERT INTO points_entries
        (user_id, sequence, position, event_id, feedback_id, rule, rule_version, subject, amount,
         full_amount, balance, earned_at)
    SELECT user_id, :sequence, position, :event_id, :feedback_id, rule, rule_version, subject,
           amount, full_amount, balance, :time
    FROM jsonb_to_recordset(:rows) AS r(
        user_id text, position int, rule text, rule_version int, subject text, amount int,
        full_amount int, balance int)
), sums AS (
    SELECT * FROM jsonb_to_recordset(:sums) AS s(
        user_id text, points int, balance int, level text, authored int, judged int, verdicts int)
), now AS (
    UPDATE contributors c SET points = sums.balance, level = sums.level
    FROM sums WHERE c.user_id = sums.user_id
), day AS (
    INSERT INTO contributor_days AS d (user_id, day, points, authored, judged, verdicts)
    SELECT user_id, :day, points, authored, judged, verdicts FROM sums ORDER BY user_id
    ON CONFLICT (user_id, day) DO UPDATE SET
        points = d.points + excluded.points,
        authored = d.authored + excluded.authored,
        judged = d.judged + excluded.judged,
        verdicts = d.verdicts + excluded.verdicts
)
INSERT INTO contributor_periods AS p (user_id, period, start, points)
SELECT user_id, period, CAST(start AS date), points
FROM sums, jsonb_each_text(:periods) AS one (period, start)
ON CONFLICT (user_id, period, start) DO UPDATE SET points = p.points + excluded.points
"""
).bindparams(*(bindparam(name, type_=JSONB) for name in ("rows", "sums", "periods")))
_COUNT_SUBMITTED = text(
    """
INSERT INTO contributor_days AS d (user_id, day, feedback) VALUES (:user_id, :day, :number)
ON CONFLICT (user_id, day) DO UPDATE SET feedback = d.feedback + excluded.feedback
"""
)
# Person by person, in the order in which points are given to several.
_COUNT_EVENTS = text(
    """
INSERT INTO contributor_days AS d (user_id, day, feedback)
SELECT actor, CAST(time AT TIME ZONE 'UTC' AS date), count(*)
FROM events WHERE id = ANY(CAST(:ids AS uuid[])) GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (user_id, day) DO UPDATE SET feedback = d.feedback + excluded.feedback
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where somebody stands."""

    points: int = 0
    level: str = Level.NEWCOMER


def standing(session: Session, *, user_id: str) -> Standing:
    """Return somebody's points and level, as this transaction has them."""
    row = session.get(Contributor, user_id, populate_existing=True)
    return Standing(points=row.points, level=row.level) if row else Standing()


def record(
    session: Session, *, target: Feedback, type_: str, actor: str, ids: Mapping[str, str]
) -> None:
    """Tell the log what became of feedback, and give the points that follow from it.

    Raises Unavailable while somebody who would gain or lose is being erased.
    """
    facts = facts_of(session, target=target, type_=type_, ids=ids)
    event = FeedbackEvent(type=type_, actor=actor, data={**ids, **facts})
    people = points.people_of(event)
    _refuse_half_erased(session, people)
    balances = lock(session, people=people)
    recorded = events.record(
        session,
        type_=type_,
        subject=f"feedback:{target.id}",
        actor=actor,
        # Who reads a conversation must not find out what of it is gold.
        interaction_id=None if type_ == points.GOLD_ANSWERED else target.interaction_id,
        data=dict(event.data),
    )
    give(session, event=event, recorded=recorded, balances=balances)


def _refuse_half_erased(session: Session, people: Sequence[str]) -> None:
    """Raise Unavailable while the rows of somebody go by their id and by their pseudonym."""
    marks = [one for one in people if is_mark(one)]
    query = select(Erasure.job_id).where(Erasure.pseudonym.in_(marks)).limit(1)
    if marks and session.scalar(query):
        raise Unavailable("somebody whose points would change is being erased", retry_after=2)


def lock(session: Session, *, people: Sequence[str]) -> dict[str, int]:
    """Hold the rows of ``people``, in their order, and return how many points they have."""
    if not people:
        return {}
    rows = session.execute(_LOCK, {"people": list(people)})
    return {row.user_id: row.points for row in rows}


def give(
    session: Session, *, event: FeedbackEvent, recorded: Recorded, balances: Mapping[str, int]
) -> None:
    """Give and take what follows from an event; those it concerns are locked."""
    if not balances:
        return
    feedback_id = UUID(event.data["feedback_id"])
    day = day_of(recorded.time)
    earned, had = _before(session, event, day, list(balances))
    rows = points.points_for(event, earned=earned, had=had)
    if rows:
        values = _values(rows, dict(balances))
        of_event = {"event_id": recorded.id, "sequence": recorded.sequence, "time": recorded.time}
        when = {"day": day, "periods": periods_of(day)}
        session.execute(_STORE, {**values, **of_event, **when, "feedback_id": feedback_id})


def count_submissions(session: Session, *, numbers: Mapping[tuple[str, date], int]) -> None:
    """Count so much feedback as given by people on days."""
    counted = [
        {"user_id": user_id, "day": day, "number": number}
        for (user_id, day), number in numbers.items()
    ]
    if counted:
        session.execute(_COUNT_SUBMITTED, counted)


def count_submitted(session: Session, *, event_ids: Sequence[UUID]) -> None:
    """Count the feedback that the log says was given, by person and day."""
    session.execute(_COUNT_EVENTS, {"ids": list(event_ids)})


def day_of(moment: datetime) -> date:
    """Return the day in UTC, which days, caps and streaks go by."""
    return moment.astimezone(UTC).date()


def periods_of(day: date) -> dict[str, str]:
    """Return with which day the periods begin that ``day`` is in: Monday, and the first."""
    monday = day - timedelta(days=day.weekday())
    return {"week": monday.isoformat(), "month": day.replace(day=1).isoformat()}


def _before(
    session: Session, event: FeedbackEvent, day: date, people: list[str]
) -> tuple[list[Points], dict[tuple[str, Pool], int]]:
    feedback_id = event.data["feedback_id"] if points.decides(event.type) else None
    values = {"feedback_id": feedback_id, "day": day, "people": people}
    row = session.execute(_BEFORE, values).one()
    had = {(one["user_id"], pool): one[pool] for one in row.had for pool in Pool}
    return [Points(**one) for one in row.earned], had


def _values(rows: Sequence[Points], balances: dict[str, int]) -> dict[str, Any]:
    stored = []
    sums: dict[str, dict[str, Any]] = {}
    for position, row in enumerate(rows):
        balances[row.user_id] += row.amount
        stored.append({**asdict(row), "position": position, "balance": balances[row.user_id]})
        _add(sums.setdefault(row.user_id, _nothing(row.user_id)), row)
    for user_id, total in sums.items():
        total |= {"balance": balances[user_id], "level": level_of(balances[user_id])}
    return {"rows": stored, "sums": list(sums.values())}


def _nothing(user_id: str) -> dict[str, Any]:
    return {"user_id": user_id, "points": 0, "verdicts": 0, **{pool.value: 0 for pool in Pool}}


def _add(total: dict[str, Any], row: Points) -> None:
    total["points"] += row.amount
    total["verdicts"] += points.counts_as_verdict(row)
    pool = points.pool_of(row)
    if pool:
        total[pool] += row.amount
