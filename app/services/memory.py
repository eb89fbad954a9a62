"""Memory: what of a conversation goes to the model again, and the record of what went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.domain.memory import Budget, Question, Selection, Turn, select_memory
from app.models import Response
from app.services import chat_templates, sent, summaries
from app.services.budgets import MemoryRules, budget_for
from app.services.exchanges import OpenedExchange
from app.services.served_models import Target

_MEMORY_TURNS = 200

# The latest turns and all pinned ones, each with the answer that was chosen, else the newest.
_TURNS = text(
    """
SELECT p.id AS prompt_id, p.sequence, p.content AS prompt, p.pinned,
       r.id AS response_id, r.content AS answer
FROM prompts p
JOIN LATERAL (
    SELECT id, content FROM responses
    WHERE prompt_id = p.id AND status = 'complete'
    ORDER BY (id = p.chosen_response_id) DESC NULLS LAST, id DESC
    LIMIT 1
) r ON true
WHERE p.id IN (
    (SELECT id FROM prompts
     WHERE interaction_id = :interaction_id AND sequence > :after AND sequence < :before
     ORDER BY sequence DESC LIMIT :turns)
    UNION ALL
    SELECT id FROM prompts
    WHERE interaction_id = :interaction_id AND pinned AND sequence < :before
)
ORDER BY p.sequence
"""
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """The messages to send, and what belongs in the transaction that stores their answer."""

    messages: list[dict[str, Any]]
    afterwards: Callable[[Session], None] | None = None


def assemble(
    session: Session, *, opened: OpenedExchange, targets: Sequence[Target], rules: MemoryRules
) -> Assembled:
    """Return the messages to send with a chat message, and record them with its responses.

    The first of ``targets`` says how much fits.
    Raises Invalid (``context_too_long``).
    """
    prompt = opened.exchange.prompt
    question = Question(
        content=prompt.content,
        id=prompt.id,
        system_prompt=prompt.system_prompt or opened.system_prompt,
    )
    budget = budget_for(target=targets[0], parameters=prompt.parameters, rules=rules)
    summarises = summaries.is_wanted(opened.settings, rules=rules)
    recall = None
    if summarises:
        recall = summaries.latest(
            session, interaction_id=prompt.interaction_id, floor=opened.memory_floor
        )
    turns = turns_before(
        session,
        interaction_id=prompt.interaction_id,
        before=prompt.sequence,
        after=max(opened.memory_floor, recall.up_to_sequence if recall else 0),
    )
    selection = select_memory(turns=turns, question=question, budget=budget, recall=recall)
    record = {
        "messages": sent.references(selection, prompt=prompt),
        "memory": _told(selection, budget),
        "templates": chat_templates.names(targets, rules=rules),
    }
    ids = [response.id for response in opened.exchange.responses]
    session.execute(update(Response).where(Response.id.in_(ids)).values(sent=record))
    if not (summarises and summaries.is_due(selection, budget=budget)):
        return Assembled(list(selection.messages))
    afterwards = summaries.deferral(rules.queue, interaction_id=prompt.interaction_id)
    return Assembled(list(selection.messages), afterwards)


def turns_before(
    session: Session, *, interaction_id: UUID, before: int, after: int
) -> Sequence[Turn]:
    """Return the answered turns between two places, and pinned ones from the very first on."""
    rows = session.execute(
        _TURNS,
        {
            "interaction_id": interaction_id,
            "before": before,
            "after": after,
            "turns": _MEMORY_TURNS,
        },
    )
    return [
        Turn(row.prompt, row.answer or "", row.prompt_id, row.response_id, row.sequence, row.pinned)
        for row in rows
    ]


def _told(selection: Selection, budget: Budget) -> Mapping[str, Any]:
    return {
        "tokens": selection.tokens,
        "room_tokens": budget.tokens,
        "counted_by": budget.counter.name,
        "is_estimate": budget.counter.is_estimate,
        "dropped_turns": selection.dropped_turns,
        "dropped_tokens": selection.dropped_tokens,
    }
