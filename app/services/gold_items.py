"""Gold items: feedback that an admin knows the answer to, kept out of the rounds as long."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.page import Page, PageRequest, page_of
from app.domain.states import FeedbackStatus
from app.errors import Conflict, NotFound
from app.models import Feedback, GoldAnswer, GoldItem, GoldLease, ValidationPlace
from app.services import events, feedback, validation
from app.utils import clock


class GoldState(StrEnum):
    """Whether it is dealt; ``stale``: its author has changed or withdrawn the feedback since."""

    LIVE = "live"
    STALE = "stale"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldView:
    """A gold item with how many have answered it, and how."""

    feedback_id: UUID
    model_id: str
    is_valid: bool
    notes: str | None
    marked_by: str
    state: GoldState
    answers: int
    right: int
    wrong: int
    created_at: datetime
    updated_at: datetime


def mark(
    session: Session,
    *,
    principal: Principal,
    feedback_id: UUID,
    is_valid: bool,
    notes: str | None = None,
) -> GoldView:
    """Say what the right verdict on pending feedback is; from now on no round decides on it.

    Raises NotFound, Forbidden as a verdict does (one's own feedback, or on one's own
    conversation), and Conflict for feedback that is decided: anybody could look that up. Who
    looks at it under a lease at this moment goes on, and answers gold.
    """
    target = _locked(session, feedback_id)
    validation.refuse_own(target, principal=principal)
    if target.status != FeedbackStatus.PENDING:
        raise Conflict(
            f"expected pending feedback, found it {target.status}", code="feedback_decided"
        )
    known = {"is_valid": is_valid, "notes": notes, "marked_by": principal.id}
    renewed = {**known, "updated_at": clock.now(), "retired_at": None}
    statement = insert(GoldItem).values(feedback_id=target.id, **known)
    session.execute(
        statement.on_conflict_do_update(index_elements=[GoldItem.feedback_id], set_=renewed)
    )
    target.gold_version = target.version
    _carry_leases_over(session, target)
    _tell(session, principal, target, "gold.marked")
    session.flush()
    query = _query().where(GoldItem.feedback_id == target.id)
    return _view(session.execute(query.execution_options(populate_existing=True)).one())


def retire(session: Session, *, principal: Principal, feedback_id: UUID) -> None:
    """Let feedback be like any other again; raises NotFound for what is no gold."""
    target = _locked(session, feedback_id)
    item = session.get(GoldItem, feedback_id, populate_existing=True)
    if item is None or item.retired_at is not None:
        raise NotFound(f"feedback {feedback_id} is no gold")
    item.retired_at, target.gold_version = clock.now(), None
    session.execute(
        update(GoldLease)
        .where(GoldLease.feedback_id == target.id, GoldLease.expires_at > clock.now())
        .values(expires_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.flush()
    _tell(session, principal, target, "gold.retired")


def page(session: Session, *, page: PageRequest) -> Page:
    """Return all there is and was, the latest feedback first."""
    query = _query()
    if page.after:
        query = query.where(GoldItem.feedback_id < page.after[0])
    query = query.order_by(GoldItem.feedback_id.desc()).limit(page.limit + 1)
    found = page_of(session.execute(query).all(), page, lambda row: (row[0].feedback_id,))
    return Page([_view(row) for row in found.items], found.next_key)


def _locked(session: Session, feedback_id: UUID) -> Feedback:
    # Not against rows that name it: who has a lease of it may be writing one.
    lock = {"key_share": True}
    target = session.get(Feedback, feedback_id, with_for_update=lock, populate_existing=True)
    if target is None:
        raise feedback.missing(feedback_id)
    return target


def _carry_leases_over(session: Session, target: Feedback) -> None:
    """Let live leases of the round go on as leases of gold, by the same tokens."""
    now = clock.now()
    live = select(ValidationPlace).where(
        ValidationPlace.feedback_id == target.id,
        ValidationPlace.round == target.round,
        ValidationPlace.expires_at > now,
    )
    for place in session.scalars(live.with_for_update()):
        held = {"token": place.token, "expires_at": place.expires_at}
        made = insert(GoldLease).values(
            feedback_id=target.id, validator_id=place.validator_id, **held
        )
        key = [GoldLease.feedback_id, GoldLease.validator_id]
        unanswered = GoldLease.expires_at.is_not(None)
        session.execute(made.on_conflict_do_update(index_elements=key, set_=held, where=unanswered))
        place.token, place.expires_at = uuid4(), now
    session.flush()


def _tell(session: Session, principal: Principal, target: Feedback, type_: str) -> None:
    events.record(
        session,
        type_=type_,
        subject=f"feedback:{target.id}",
        actor=principal.id,
        data={"feedback_id": str(target.id)},
    )


def _query() -> Select[Any]:
    """Return each item with its feedback and how many answers say what."""
    is_valid = GoldAnswer.is_valid
    counted = (
        select(
            func.count().label("answers"),
            func.count().filter(is_valid.is_(True)).label("valid"),
            func.count().filter(is_valid.is_(False)).label("invalid"),
        )
        .where(GoldAnswer.feedback_id == GoldItem.feedback_id)
        .lateral()
    )
    query = select(GoldItem, Feedback, counted.c.answers, counted.c.valid, counted.c.invalid)
    return query.join(Feedback, Feedback.id == GoldItem.feedback_id).join(counted, true())


def _view(row: Any) -> GoldView:
    item, target = row[0], row[1]
    return GoldView(
        feedback_id=item.feedback_id,
        model_id=target.model_id,
        is_valid=item.is_valid,
        notes=item.notes,
        marked_by=item.marked_by,
        state=_state(item, target),
        answers=row.answers,
        right=row.valid if item.is_valid else row.invalid,
        wrong=row.invalid if item.is_valid else row.valid,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def _state(item: GoldItem, target: Feedback) -> GoldState:
    if item.retired_at is not None:
        return GoldState.RETIRED
    is_as_marked = target.gold_version == target.version
    is_live = is_as_marked and target.status == FeedbackStatus.PENDING
    return GoldState.LIVE if is_live else GoldState.STALE
