"""Verdicts on feedback as readers see them: what was said, by whom, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.page import Page, PageRequest
from app.domain.states import VerdictWord
from app.models import Decision, Dimension, DimensionRating, Feedback, GoldAnswer, Validation
from app.services import blindness, dimension_verdicts, feedback, gold_answers, keyset
from app.services.dimension_verdicts import DimensionVerdictView

# Each of them turned the one before, so there are few.
_MOST_DECISIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """A verdict; ``validator_id`` is None where it is hidden."""

    id: UUID
    round: int
    validator_id: str | None
    is_valid: bool | None
    verdict: VerdictWord
    notes: str | None
    weight: int
    correction: str | None
    dimension_verdicts: Sequence[DimensionVerdictView]
    feedback_version: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """An admin's decision; ``decided_by`` is None where it is hidden."""

    id: UUID
    round: int
    decided_by: str | None
    is_valid: bool
    notes: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictsView:
    """Where feedback stands and why: the rules, a page of verdicts, and the last decisions.

    ``refuted`` names the dimensions whose rating counts no more.
    """

    feedback_id: UUID
    status: str
    round: int
    validators: int
    quorum: float
    blind: bool
    refuted: Sequence[str]
    decisions: Sequence[DecisionView]
    page: Page


def on_feedback(
    session: Session, *, principal: Principal, feedback_id: UUID, page: PageRequest
) -> VerdictsView:
    """Return what was said of feedback, the first verdict first, as far as it is shown.

    Raises NotFound for who may not read the feedback.
    """
    row = feedback.find(session, principal=principal, feedback_id=feedback_id)
    return VerdictsView(
        feedback_id=row.id,
        status=row.status,
        round=row.round,
        validators=row.validators,
        quorum=row.quorum,
        blind=row.blind,
        refuted=_refuted(session, row),
        decisions=_decisions(session, principal, row),
        page=_verdicts(session, principal, row, page),
    )


def _verdicts(session: Session, principal: Principal, row: Feedback, page: PageRequest) -> Page:
    query = select(Validation).where(
        Validation.feedback_id == row.id, *blindness.shown_verdicts(row, reader=principal)
    )
    found = keyset.ascending(session, query=query, by=(Validation.id,), page=page)
    said = dimension_verdicts.of_verdicts(session, ids=[one.id for one in found.items])
    views = [_verdict(one, said.get(one.id, []), principal, row) for one in found.items]
    own = gold_answers.own(session, principal=principal, target=row) if not page.after else None
    return Page([*views, *([_gold(own, row)] if own else [])], found.next_key)


def _verdict(
    one: Validation, said: Sequence[DimensionVerdictView], reader: Principal, row: Feedback
) -> VerdictView:
    judge_id = blindness.judge_of(
        row, reader=reader, judge_id=one.validator_id, was_blind=one.blind
    )
    return _view(one, said, round_=one.round, judge_id=judge_id)


def _gold(own: GoldAnswer, row: Feedback) -> VerdictView:
    """Return what somebody said of gold as the verdict that they take it for."""
    said = dimension_verdicts.parsed(own.dimension_verdicts)
    return _view(own, said, round_=row.round, judge_id=own.validator_id)


def _view(
    one: Validation | GoldAnswer,
    said: Sequence[DimensionVerdictView],
    *,
    round_: int,
    judge_id: str | None,
) -> VerdictView:
    return VerdictView(
        id=one.id,
        round=round_,
        validator_id=judge_id,
        is_valid=one.is_valid,
        verdict=VerdictWord.of(is_valid=one.is_valid),
        notes=one.notes,
        weight=one.weight,
        correction=one.correction,
        dimension_verdicts=said,
        feedback_version=one.feedback_version,
        created_at=one.created_at,
    )


def _decisions(session: Session, reader: Principal, row: Feedback) -> list[DecisionView]:
    query = select(Decision).where(Decision.feedback_id == row.id).order_by(Decision.id.desc())
    return [
        DecisionView(
            id=one.id,
            round=one.round,
            decided_by=blindness.judge_of(row, reader=reader, judge_id=one.decided_by),
            is_valid=one.is_valid,
            notes=one.notes,
            created_at=one.created_at,
        )
        for one in session.scalars(query.limit(_MOST_DECISIONS))
    ]


def _refuted(session: Session, row: Feedback) -> list[str]:
    query = (
        select(Dimension.name)
        .join(DimensionRating, DimensionRating.dimension_id == Dimension.id)
        .where(DimensionRating.feedback_id == row.id, DimensionRating.refuted)
        .order_by(DimensionRating.position)
    )
    return list(session.scalars(query))
