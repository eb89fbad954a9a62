"""Completions: questions of callers who keep the conversation themselves, all of it recorded."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Principal
from app.errors import Invalid
from app.models import Prompt
from app.services import idempotency, interactions, questions
from app.services.idempotency import Claim
from app.services.questions import Asked, Limits, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Which conversation a question belongs to: a known one, or a new one made for it."""

    model_id: str
    interaction_id: UUID | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    training_consent: bool
    consent_policy: str


def begin(
    transactions: Transactions,
    *,
    principal: Principal,
    conversation: Conversation,
    question: Question,
    limits: Limits,
    claim: Claim | None = None,
) -> Asked:
    """Store a question, with the conversation that it begins or goes on with.

    A repeated key finds the conversation that it made. Raises NotFound, Conflict (ended,
    ``model_not_served``) and Invalid (``model_differs``).
    """
    with transactions() as session:
        return questions.open_question(
            session,
            principal=principal,
            interaction_id=_interaction_id(session, principal, conversation, claim),
            question=question,
            limits=limits,
            claim=claim,
        )


def _interaction_id(
    session: Session, principal: Principal, conversation: Conversation, claim: Claim | None
) -> UUID:
    known = idempotency.prompt_of(session, claim=claim)
    if known:
        return session.get_one(Prompt, known).interaction_id
    if conversation.interaction_id is None:
        return _made(session, principal, conversation)
    return _known(session, principal, conversation.interaction_id, conversation.model_id)


def _made(session: Session, principal: Principal, conversation: Conversation) -> UUID:
    made = interactions.create(
        session,
        principal=principal,
        model_id=conversation.model_id,
        metadata=conversation.metadata,
        training_consent=conversation.training_consent,
        consent_policy=conversation.consent_policy,
    )
    return made.id


def _known(session: Session, principal: Principal, interaction_id: UUID, model_id: str) -> UUID:
    found = interactions.get(session, principal=principal, interaction_id=interaction_id)
    if found.model_id != model_id:
        message = f"the interaction is with the model {found.model_id!r}, found {model_id!r}"
        fault = f"expected {found.model_id!r}, or a new interaction"
        raise Invalid(message, code="model_differs", errors={"model": [fault]})
    return found.id
