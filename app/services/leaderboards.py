"""Leaderboards: who has most points, of all time, this week or this month (UTC)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from app.domain.page import Page, PageRequest, page_of
from app.models import Contributor, ContributorPeriod
from app.services import points
from app.utils import clock

ALL_TIME = "all"
PERIODS = ("week", "month", ALL_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """Somebody on a leaderboard; who has as many points has the same rank.

    ``place`` counts the rows, ``level`` is that of today.
    """

    rank: int
    place: int
    user_id: str
    points: int
    level: str


def page_leaders(session: Session, *, page: PageRequest, period: str = ALL_TIME) -> Page:
    """Return who has points of the period, most first; then by id."""
    query, table = _query(period)
    query = query.where(table.points > 0)
    if page.after:
        query = query.where(_after(table, page.after))
    query = query.order_by(table.points.desc(), table.user_id).limit(page.limit + 1)
    leaders = list(_ranked(session.execute(query).all(), page.after))
    return page_of(leaders, page, lambda one: (one.points, one.user_id, one.rank, one.place))


def _query(period: str) -> tuple[Select[*tuple[Any, ...]], Any]:
    if period == ALL_TIME:
        table = Contributor
        return select(table.user_id, table.points, table.level), table
    start = date.fromisoformat(points.periods_of(points.day_of(clock.now()))[period])
    one = ContributorPeriod
    query = (
        select(one.user_id, one.points, Contributor.level)
        .join(Contributor, Contributor.user_id == one.user_id)
        .where(one.period == period, one.start == start)
    )
    return query, one


def _after(table: Any, key: tuple[Any, ...]) -> Any:
    """Return the condition for what comes after a key; its first half is one the index takes."""
    balance, user_id, *_ = key
    further = or_(table.points < balance, table.user_id > user_id)
    return and_(table.points <= balance, further)


def _ranked(rows: Sequence[Any], after: tuple[Any, ...] | None) -> Iterator[Leader]:
    """Number the rows on from the key, which says how far it came: no page is counted anew."""
    balance, _, rank, place = after or (None, None, 0, 0)
    for row in rows:
        place += 1
        rank = rank if row.points == balance else place
        balance = row.points
        yield Leader(
            rank=rank, place=place, user_id=row.user_id, points=row.points, level=row.level
        )
