"""Summaries: what stands for the older part of a conversation, made in the background."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.memory import Budget, Recall, Selection
from app.models import Interaction, Summary
from app.services import events
from app.services.budgets import MemoryRules
from app.services.calls import Outcome
from app.utils.ids import new_id

TASK = "memory.summarise"
_FULL = 0.75


def is_wanted(settings: Mapping[str, Any], *, rules: MemoryRules) -> bool:
    """Say whether a conversation with these settings is summarised."""
    said = settings.get("summarise")
    return said if isinstance(said, bool) else rules.summaries


def latest(session: Session, *, interaction_id: UUID, floor: int) -> Recall | None:
    """Return the summary that reaches furthest, of what the model has not been made to forget.

    Forgetting sets the floor at the newest turn, so a summary of anything before it, made
    then or later, reaches no further.
    """
    found = session.scalars(
        select(Summary)
        .where(Summary.interaction_id == interaction_id, Summary.up_to_sequence > floor)
        .order_by(Summary.up_to_sequence.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return Recall(content=found.content, up_to_sequence=found.up_to_sequence, id=found.id)


def is_due(selection: Selection, *, budget: Budget) -> bool:
    """Say whether turns have been left out, or soon will be."""
    return selection.dropped_turns > 0 or selection.tokens > _FULL * budget.tokens


def deferral(queue: JobQueue, *, interaction_id: UUID) -> Callable[[Session], None]:
    """Return what defers a summary in a transaction; one that waits is enough."""
    return partial(_defer, queue=queue, interaction_id=interaction_id)


def _defer(session: Session, *, queue: JobQueue, interaction_id: UUID) -> None:
    name = f"{TASK}:{interaction_id}"
    arguments = {"interaction_id": str(interaction_id)}
    queue.defer(session, task=TASK, arguments=arguments, lock=name, queueing_lock=name)


def store(
    session: Session, *, interaction_id: UUID, up_to_sequence: int, content: str, outcome: Outcome
) -> None:
    """Store a summary; one that is there for the same turns stays.

    Of a conversation that has been erased meanwhile nothing is stored.
    """
    kept = select(Interaction.id).where(
        Interaction.id == interaction_id, Interaction.erased_at.is_(None)
    )
    if session.scalar(kept.with_for_update(read=True)) is None:
        return
    id_, model_id = new_id(), outcome.target.model_id
    made = session.execute(
        insert(Summary)
        .values(
            id=id_,
            interaction_id=interaction_id,
            up_to_sequence=up_to_sequence,
            content=content,
            model_id=model_id,
            prompt_tokens=outcome.completion.prompt_tokens,
            completion_tokens=outcome.completion.completion_tokens,
        )
        .on_conflict_do_nothing()
        .returning(Summary.id)
    ).one_or_none()
    if made:
        events.record(
            session,
            type_="memory.summarised",
            subject=f"interaction:{interaction_id}",
            actor=model_id,
            interaction_id=interaction_id,
            data={"id": str(id_), "up_to_sequence": up_to_sequence},
        )
