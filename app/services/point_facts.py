"""What the rules of points need to know of an event, written into it when it is recorded."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import points
from app.domain.states import VerdictWord
from app.models import Decision, Feedback, Validation

# Whoever is forgotten loses their name on a verdict after this has been committed, or before it
# is read: no event names them that the erasure has not seen.
_OUTCOME = text(
    """
SELECT (SELECT count(*) FROM dimension_ratings
        WHERE feedback_id = :feedback_id AND score IS NOT NULL
          AND btrim(justification) <> '') AS justified,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'validation_id', id, 'validator_id', validator_id, 'is_valid', is_valid)
                   ORDER BY id), '[]')
        FROM (SELECT id, validator_id, is_valid FROM validations
              WHERE feedback_id = :feedback_id AND round = :round AND is_valid IS NOT NULL
              FOR KEY SHARE) judged) AS verdicts
"""
)


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
    if type_ == points.GOLD_ANSWERED:
        # It stands in no conversation, by which names are found in the log and erased.
        return {"round": round_}
    facts: dict[str, Any] = {"author_id": target.user_id, "round": round_}
    if verdict:
        facts |= {"verdict": VerdictWord.of(is_valid=verdict.is_valid), "weight": verdict.weight}
    if points.decides(type_):
        justified, verdicts = _outcome(session, target, round_)
        facts |= {"validators": target.validators, "verdicts": verdicts}
        if type_ == "feedback.validated":
            has_correction = target.correction is not None
            facts |= {"has_correction": has_correction, "justified": justified}
    return facts


def _named(session: Session, table: Any, id_: str | None) -> Any:
    return session.get(table, UUID(id_)) if id_ else None


def _outcome(session: Session, target: Feedback, round_: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many scores say why, and the verdicts that are for or against."""
    row = session.execute(_OUTCOME, {"feedback_id": target.id, "round": round_}).one()
    return row.justified, row.verdicts
