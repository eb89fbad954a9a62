"""Summarising: a model sums up what it will not be told again, and nobody waits for it."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.clients.inference.base import InferenceError
from app.db import Transactions
from app.domain.deadline import Deadline
from app.domain.memory import Budget, Recall
from app.domain.summary_request import SummaryRequest, shortened, summary_request
from app.errors import Conflict
from app.models import Interaction
from app.services import calls, memory, served_models, summaries
from app.services.budgets import MemoryRules, budget_for
from app.services.calls import Call, Outcome, Providers
from app.services.served_models import Target

_log = structlog.get_logger(__name__)
# A model that goes on and on is cut at some multiple of what it was asked for.
_MUCH = 2


def summarise(
    transactions: Transactions,
    *,
    providers: Providers,
    interaction_id: UUID,
    rules: MemoryRules,
    deadline_seconds: float,
) -> None:
    """Have the conversation's own model sum up its older turns, and store what it says.

    A model that fails is asked again after the next answer, if it is still needed then: the
    conversation goes on without a summary as it did.
    """
    with transactions() as session:
        task = _task(session, interaction_id, rules)
    if task is None:
        return
    call = Call(
        targets=[task.target],
        content="",
        messages=task.request.messages,
        parameters={"max_new_tokens": task.request.longest_tokens},
        deadline=Deadline.after(deadline_seconds),
    )
    try:
        outcome = calls.complete(providers, call=call)
    except InferenceError as error:
        _log.warning("summary.failed", interaction_id=str(interaction_id), code=error.code)
        return
    with transactions() as session:
        _store(session, interaction_id, task, outcome)


@dataclass(frozen=True, slots=True)
class _Task:
    """What to ask, and whom."""

    target: Target
    request: SummaryRequest
    budget: Budget


def _task(session: Session, interaction_id: UUID, rules: MemoryRules) -> _Task | None:
    interaction = session.get(Interaction, interaction_id)
    if interaction is None or not summaries.is_wanted(interaction.settings, rules=rules):
        return None
    try:
        target = served_models.targets(session, model_id=interaction.model_id)[0]
    except Conflict:
        return None
    floor = interaction.memory_floor
    recall = summaries.latest(session, interaction_id=interaction_id, floor=floor)
    after = recall.up_to_sequence if recall else floor
    turns = memory.turns_before(
        session, interaction_id=interaction_id, before=interaction.last_sequence + 1, after=after
    )
    budget = budget_for(target=target, parameters={}, rules=rules)
    new = [turn for turn in turns if turn.sequence > after]
    request = summary_request(new, budget=budget, earlier=_said(recall))
    return _Task(target, request, budget) if request else None


def _said(recall: Recall | None) -> str | None:
    return recall.content if recall else None


def _store(session: Session, interaction_id: UUID, task: _Task, outcome: Outcome) -> None:
    most = _MUCH * task.request.longest_tokens
    content = shortened(outcome.completion.text.strip(), tokens=most, counter=task.budget.counter)
    if content:
        summaries.store(
            session,
            interaction_id=interaction_id,
            up_to_sequence=task.request.up_to_sequence,
            content=content,
            outcome=outcome,
        )
