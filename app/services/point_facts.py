"""What the rules of points need to know of an event, written into it when it is recorded."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import points
from app.domain.states import VerdictWord
from app.models import Decision, DimensionRating, Feedback, Validation

_WORDS = {True: VerdictWord.VALID, False: VerdictWord.INVALID, None: VerdictWord.RETURNED}


def facts_of(
    session: Session, *, target: Feedback, type_: str, ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return ids and small values about feedback, for an event that names ``ids``.

    They are what an event needs for points to follow from the log alone.
    """
    verdict = _named(session, Validation, ids.get("validation_id"))
    decision = _named(session, Decision, ids.get("decision_id"))
    ground = verdict or decision
    round_ = ground.round if ground else target.round
    facts: dict[str, Any] = {"author_id": target.user_id, "round": round_}
    if verdict:
        facts |= {"verdict": _WORDS[verdict.is_valid], "weight": verdict.weight}
    if points.decides(type_):
        facts |= {"validators": target.validators, "verdicts": _verdicts(session, target, round_)}
    if type_ == "feedback.validated":
        facts |= {
            "has_correction": target.correction is not None,
            "justified": _justified(session, target),
        }
    return facts


def _named(session: Session, table: Any, id_: str | None) -> Any:
    return session.get(table, UUID(id_)) if id_ else None


def _verdicts(session: Session, target: Feedback, round_: int) -> list[dict[str, Any]]:
    query = (
        select(Validation)
        .where(
            Validation.feedback_id == target.id,
            Validation.round == round_,
            Validation.is_valid.is_not(None),
        )
        .order_by(Validation.id)
    )
    return [
        {"validation_id": str(row.id), "validator_id": row.validator_id, "is_valid": row.is_valid}
        for row in session.scalars(query)
    ]


def _justified(session: Session, target: Feedback) -> int:
    """Count the scores that say why."""
    rating = DimensionRating
    query = select(func.count()).where(
        rating.feedback_id == target.id,
        rating.score.is_not(None),
        func.btrim(rating.justification) != "",
    )
    return session.scalar(query) or 0
