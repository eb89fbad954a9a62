"""Dataset entries: made, restored and withdrawn in the transaction of what decided."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.models import Feedback
from app.services import events
from app.utils import clock
from app.utils.ids import new_id

# There is never a second one: an entry that was withdrawn counts again, on its new ground.
# Of the corrections that agree with the outcome the one with the greatest weight is taken.
_ADD = text(
    """
INSERT INTO dataset_entries (id, model_id, model_version, feedback_id, validation_id, decision_id,
    correction_id, response_id, prompt_id, interaction_id)
SELECT :id, f.model_id, r.model_version, f.id, :validation_id, :decision_id, (
        SELECT v.id FROM validations v
        WHERE v.feedback_id = f.id AND v.round = f.round AND v.is_valid
          AND v.correction IS NOT NULL
        ORDER BY v.weight DESC, v.id LIMIT 1),
    r.id, r.prompt_id, f.interaction_id
FROM feedback f JOIN responses r ON r.id = f.response_id
WHERE f.id = :feedback_id
ON CONFLICT (feedback_id) DO UPDATE SET withdrawn_at = NULL,
    validation_id = excluded.validation_id, decision_id = excluded.decision_id,
    correction_id = excluded.correction_id
RETURNING id, model_id
"""
)
_WITHDRAW = text(
    """
UPDATE dataset_entries SET withdrawn_at = :now
WHERE feedback_id = :feedback_id AND withdrawn_at IS NULL
RETURNING id, model_id
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Who decided, and by which verdict or decision."""

    actor: str
    validation_id: UUID | None = None
    decision_id: UUID | None = None

    def named(self) -> dict[str, str]:
        """Return the ids that there are, for an event."""
        ids = {"validation_id": self.validation_id, "decision_id": self.decision_id}
        return {name: str(value) for name, value in ids.items() if value}


def add(session: Session, *, target: Feedback, basis: Basis) -> UUID:
    """Let validated feedback count, and return its entry."""
    grounds = {"validation_id": basis.validation_id, "decision_id": basis.decision_id}
    entry = session.execute(_ADD, {"id": new_id(), "feedback_id": target.id, **grounds}).one()
    _tell(session, target, entry, "added", basis)
    return UUID(str(entry.id))


def withdraw(session: Session, *, target: Feedback, basis: Basis) -> None:
    """Let feedback count no more, where it did."""
    values = {"feedback_id": target.id, "now": clock.now()}
    entry = session.execute(_WITHDRAW, values).one_or_none()
    if entry:
        _tell(session, target, entry, "withdrawn", basis)


def _tell(
    session: Session, target: Feedback, entry: Row[tuple[UUID, str]], word: str, basis: Basis
) -> None:
    events.record(
        session,
        type_=f"dataset.entry_{word}",
        subject=f"dataset_entry:{entry.id}",
        actor=basis.actor,
        interaction_id=target.interaction_id,
        data={
            "feedback_id": str(target.id),
            **basis.named(),
            "entry_id": str(entry.id),
            "model_id": entry.model_id,
        },
    )
