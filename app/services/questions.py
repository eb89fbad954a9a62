"""Questions: stored, with the answers they wait for, before any model is asked."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.remotes import Remotes
from app.config import Config
from app.domain.access import Principal
from app.domain.deadline import Deadline
from app.domain.token_need import token_need
from app.services import exchanges, memory, served_models, token_usage
from app.services.budgets import MemoryRules
from app.services.calls import Call
from app.services.exchanges import OpenedExchange, PromptText
from app.services.idempotency import Claim
from app.utils import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(PromptText):
    """What a person asks, and how many answers are wanted."""

    answers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a call may take in all, how long after it the sweep waits, how much memory goes.

    ``daily_tokens`` is what a person has a day, 0 for as many as it likes.
    """

    deadline_seconds: float
    grace_seconds: float
    memory: MemoryRules
    daily_tokens: int = 0

    @classmethod
    def by(cls, config: Config, remotes: Remotes, *, streams: bool = False) -> "Limits":
        """Return the limits that the settings make."""
        return cls(
            deadline_seconds=(
                config.stream_deadline_seconds if streams else config.model_deadline_seconds
            ),
            grace_seconds=config.pending_grace_seconds,
            memory=MemoryRules.by(config, remotes),
            daily_tokens=config.daily_tokens,
        )

    @property
    def due_seconds(self) -> float:
        """How long after its call begins a response is left open."""
        return self.deadline_seconds + self.grace_seconds

    @property
    def storing_seconds(self) -> float:
        """How long to insist on storing an answer that was paid for.

        Not as long as the sweep leaves the response open, nor as long as a stop waits.
        """
        return min(10.0, self.grace_seconds)


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question, and the call that answers it (None: it is answered, or being so)."""

    opened: OpenedExchange
    call: Call | None


def open_question(
    session: Session,
    *,
    principal: Principal,
    interaction_id: UUID,
    question: Question,
    limits: Limits,
    claim: Claim | None = None,
) -> Asked:
    """Store the prompt and its pending responses; a repeated key finds its own.

    Raises NotFound, Conflict (ended, ``model_not_served``), Invalid and TooMany.
    """
    deadline = Deadline.after(limits.deadline_seconds)
    due_at = clock.now() + timedelta(seconds=limits.due_seconds)
    opened = exchanges.open_exchange(
        session,
        principal=principal,
        interaction_id=interaction_id,
        question=question,
        answers=question.answers,
        due_at=due_at,
        claim=claim,
    )
    if opened.state != "new":
        return Asked(opened, None)
    call = call_for(session, opened=opened, question=question, limits=limits, deadline=deadline)
    reserve(session, principal=principal, opened=opened, call=call, limits=limits)
    return Asked(opened, call)


def call_for(
    session: Session,
    *,
    opened: OpenedExchange,
    question: Question,
    limits: Limits,
    deadline: Deadline,
) -> Call:
    """Return the call that answers a stored question, with the memory as it is now.

    Raises Conflict (``model_not_served``) and Invalid.
    """
    targets = served_models.targets(session, model_id=opened.model_id)
    messages, afterwards = question.messages, None
    if question.kind == "chat" and messages is None:
        assembled = memory.assemble(session, opened=opened, targets=targets, rules=limits.memory)
        messages, afterwards = assembled.messages, assembled.afterwards
    return Call(
        targets=targets,
        content=question.content,
        context=question.context,
        messages=messages,
        parameters=question.parameters,
        deadline=deadline,
        afterwards=afterwards,
    )


def reserve(
    session: Session, *, principal: Principal, opened: OpenedExchange, call: Call, limits: Limits
) -> None:
    """Set tokens aside for a call where the principal has a budget; raises TooMany."""
    budget = token_usage.budget_of(principal, daily_tokens=limits.daily_tokens)
    if budget is None:
        return
    need = token_need(
        content=call.content,
        context=call.context,
        messages=call.messages,
        parameters=call.parameters,
    )
    token_usage.reserve(session, principal=principal, budget=budget, opened=opened, need=need)
