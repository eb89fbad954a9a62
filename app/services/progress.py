"""Progress: where somebody stands, and every point that brought them there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.levels import next_step
from app.domain.page import Page, PageRequest, page_of
from app.domain.point_rules import CAPS, RULES, explained
from app.domain.quality import wilson_lower_bound
from app.domain.states import FeedbackStatus
from app.domain.streaks import streak
from app.models import Contributor, ContributorDay, Feedback, PointsEntry
from app.services import points
from app.utils import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLevel:
    """What comes next, and how many points are missing."""

    level: str
    points: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where somebody stands; ``rank`` is None without points, ``quality`` without decisions."""

    points: int
    level: str
    next_level: NextLevel | None
    rank: int | None
    feedback: dict[str, int]
    quality: float | None
    streak_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """A row of the ledger with its reason in words; ``balance`` is what there was after it."""

    event_id: UUID
    feedback_id: UUID
    rule: str
    rule_version: int
    subject: str
    amount: int
    full_amount: int
    balance: int
    reason: str
    earned_at: datetime


def progress(session: Session, *, principal: Principal) -> Progress:
    """Return the principal's own progress, as of the last verdict."""
    standing = points.standing(session, user_id=principal.id)
    feedback = _feedback(session, principal)
    validated, rejected = feedback[FeedbackStatus.VALIDATED], feedback[FeedbackStatus.REJECTED]
    return Progress(
        points=standing.points,
        level=standing.level,
        next_level=_next(standing.points),
        rank=_rank(session, standing.points),
        feedback=feedback,
        quality=wilson_lower_bound(validated, validated + rejected),
        streak_days=_streak(session, principal),
    )


def page_points(session: Session, *, principal: Principal, page: PageRequest) -> Page:
    """Return the principal's own rows of the ledger, the last one first."""
    place = tuple_(PointsEntry.sequence, PointsEntry.position)
    query = select(PointsEntry).where(PointsEntry.user_id == principal.id)
    if page.after:
        query = query.where(place < page.after)
    query = query.order_by(PointsEntry.sequence.desc(), PointsEntry.position.desc())
    rows = session.scalars(query.limit(page.limit + 1)).all()
    found = page_of(rows, page, lambda row: (str(row.sequence), row.position))
    return Page([_earned(row) for row in found.items], found.next_key)


def summary(session: Session, *, principal: Principal) -> dict[str, Any]:
    """Return how many points each rule has given the principal, and what is left of the day."""
    query = (
        select(
            PointsEntry.rule,
            PointsEntry.rule_version,
            func.count().label("entries"),
            func.sum(PointsEntry.amount).label("points"),
        )
        .where(PointsEntry.user_id == principal.id)
        .group_by(PointsEntry.rule, PointsEntry.rule_version)
        .order_by(PointsEntry.rule, PointsEntry.rule_version)
    )
    day = session.get(ContributorDay, (principal.id, points.day_of(clock.now())))
    return {
        "points": points.standing(session, user_id=principal.id).points,
        "rules": [_of_rule(row) for row in session.execute(query)],
        "today": [
            {"pool": pool, "points": getattr(day, pool, 0), "full": cap.full, "most": cap.most}
            for pool, cap in CAPS.items()
        ],
    }


def _feedback(session: Session, principal: Principal) -> dict[str, int]:
    """Count one's own feedback by status, along the index of both; nothing is kept twice."""
    query = (
        select(Feedback.status, func.count())
        .where(Feedback.user_id == principal.id)
        .group_by(Feedback.status)
    )
    nothing: dict[str, int] = dict.fromkeys((status.value for status in FeedbackStatus), 0)
    counts = nothing | dict(session.execute(query).all())
    return {"submitted": sum(counts.values()), **counts}


def _next(balance: int) -> NextLevel | None:
    step = next_step(balance)
    if step is None:
        return None
    return NextLevel(level=step.level, points=step.points, missing=step.points - balance)


def _rank(session: Session, balance: int) -> int | None:
    if balance <= 0:
        return None
    above = select(func.count()).where(Contributor.points > balance)
    return 1 + (session.scalar(above) or 0)


def _streak(session: Session, principal: Principal) -> int:
    day = ContributorDay
    query = (
        select(day.day)
        .where(day.user_id == principal.id, or_(day.feedback > 0, day.verdicts > 0))
        .order_by(day.day.desc())
    )
    return streak(session.scalars(query).all(), today=points.day_of(clock.now()))


def _of_rule(row: Any) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "rule_version": row.rule_version,
        "reason": RULES[row.rule, row.rule_version].reason,
        "entries": row.entries,
        "points": row.points,
    }


def _earned(row: PointsEntry) -> Earned:
    reason = explained(
        rule=row.rule,
        version=row.rule_version,
        amount=row.amount,
        full_amount=row.full_amount,
    )
    names = [name for name in Earned.__slots__ if name != "reason"]
    return Earned(reason=reason, **{name: getattr(row, name) for name in names})
