"""Wanted: which answers most deserve feedback by a person, with the reasons.

Answers are gone through in windows, the newest first, and each window is in order of what its
answers deserve: so a page costs the same however many answers there are. Who may read all is
given windows of answers; everybody else windows of their own conversations, and of each the
newest turns. What is asked of the model side takes no statement more for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import priority
from app.domain.access import Permission, Principal
from app.domain.page import Page, PageRequest
from app.domain.priority import Said, Standing
from app.models import Response
from app.services.wanted_statements import STATEMENTS
from app.utils import clock

# What the cursor of the list holds: the last number and id, where the window begins, and when
# the walk began.
KEY = (float, UUID, UUID, int)
_WINDOW = 200
_CONVERSATIONS = 20
# Newer answers are better remembered: this counts one that is fresh, and less each day.
_FRESHNESS = 1.0
_FRESH_DAYS = 7
_DAY = timedelta(days=1)
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
# Before all that is in a window.
_HIGHEST, _LAST_ID = 1e9, UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An answer that a person has not rated yet, and why they might."""

    response: Response
    interaction_id: UUID
    raters: int
    priority: float
    reasons: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    """A row of a window with what it deserves."""

    row: Any
    reasons: dict[str, float]
    number: float

    @property
    def key(self) -> tuple[float, UUID]:
        return self.number, self.row.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Where a window begins, what of it was seen, and when the walk began, in minutes.

    Freshness is told as of then, so that the order stays while somebody turns the pages.
    """

    top: UUID
    seen: tuple[float, UUID]
    began: int


def page_wanted(
    session: Session, *, principal: Principal, page: PageRequest, model_id: str | None = None
) -> Page:
    """Return what ``principal`` may rate and has not, most wanted first, window by window.

    A page may be empty while there are further ones: all of its window was rated.
    """
    window = _begun(page)
    rows = _rows(session, principal, model_id, window.top)
    ranked = [_ranked(row, window.began) for row in rows if row.is_open]
    left = sorted((one for one in ranked if one.key < window.seen), key=_key, reverse=True)
    shown = left[: page.limit]
    return Page(_views(session, shown), _next_key(window, rows, shown, left, _size(principal)))


def _begun(page: PageRequest) -> _Window:
    if page.after is None:
        began = (clock.now() - _BEGINNING) // _MINUTE
        return _Window(top=_LAST_ID, seen=(_HIGHEST, _LAST_ID), began=began)
    number, id_, top, began = page.after
    return _Window(top=top, seen=(number, id_), began=began)


def _sees_all(principal: Principal) -> bool:
    return principal.can(Permission.INTERACTIONS_READ_ALL)


def _size(principal: Principal) -> int:
    return _WINDOW if _sees_all(principal) else _CONVERSATIONS


def _rows(session: Session, principal: Principal, model_id: str | None, top: UUID) -> Sequence[Any]:
    values = {"top": top, "window": _size(principal), "user_id": principal.id}
    values |= {"model_id": model_id} if model_id else {}
    statement = STATEMENTS[_sees_all(principal), model_id is not None]
    return session.execute(statement, values).all()


def _ranked(row: Any, began: int) -> _Ranked:
    stances = row.stances or []
    positions = [sum(stance.values()) / len(stance) for stance in stances if stance]
    good = sum(positions)
    expected = priority.expected_share(good, len(positions) - good)
    standing = Standing(
        disagreement=priority.widest_disagreement(stances),
        uncertainty=priority.uncertainty(expected),
        thin_evidence=priority.thin_evidence(row.raters),
        novelty=1 / row.alike,
    )
    said = Said(rating="dislike" if row.disliked else None, is_flagged=bool(row.flagged))
    weights = priority.weights_of(row.weights)
    of_model = round(weights.thin_evidence * priority.thin_evidence(row.known), 3)
    reasons = {
        **priority.weighed(priority.factors_of(said, standing), weights),
        "thin_evidence_of_model": of_model,
        "freshness": round(_FRESHNESS * _freshness(row.created_at, began), 3),
    }
    told = {name: number for name, number in reasons.items() if number}
    return _Ranked(row=row, reasons=told, number=round(sum(told.values()), 3))


def _freshness(made: datetime, began: int) -> float:
    """Return 1 for what was just made, and 0 after a week."""
    days = (began * _MINUTE - (made - _BEGINNING)) / _DAY
    return min(1.0, max(0.0, 1 - days / _FRESH_DAYS))


def _key(one: _Ranked) -> tuple[float, UUID]:
    return one.key


def _next_key(
    window: _Window,
    rows: Sequence[Any],
    shown: Sequence[_Ranked],
    left: Sequence[_Ranked],
    size: int,
) -> tuple[Any, ...] | None:
    places = {row.place for row in rows}
    if len(shown) < len(left):
        # What comes meanwhile is not of this walk: its first window begins where it began.
        return (*shown[-1].key, max(places), window.began)
    if len(places) < size:
        return None
    return (_HIGHEST, _LAST_ID, UUID(int=min(places).int - 1), window.began)


def _views(session: Session, shown: Sequence[_Ranked]) -> list[Wanted]:
    ids = [one.row.id for one in shown]
    responses = {
        row.id: row for row in session.scalars(select(Response).where(Response.id.in_(ids)))
    }
    return [
        Wanted(
            response=responses[one.row.id],
            interaction_id=one.row.interaction_id,
            raters=one.row.raters,
            priority=one.number,
            reasons=one.reasons,
        )
        for one in shown
    ]
