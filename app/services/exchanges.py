"""Exchanges: a prompt and the responses it waits for, opened in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.states import OPEN_RESPONSES, ResponseStatus
from app.errors import Conflict
from app.models import Interaction, Prompt, Response
from app.services import idempotency, interactions
from app.services.exchange_statements import AGAIN, OPEN
from app.services.idempotency import Claim
from app.utils.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """What is stored of a question.

    ``kind`` ``chat`` goes with the conversation's memory, or with ``messages`` where the
    caller keeps the conversation.
    """

    kind: str
    content: str
    context: str | None = None
    system_prompt: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    messages: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A stored prompt and one response to it, both as rows, and further ones if asked for."""

    prompt: Any
    response: Any
    others: Sequence[Any] = ()

    @property
    def responses(self) -> list[Any]:
        """All of them, in the order they were made."""
        return [self.response, *self.others]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedExchange:
    """An exchange: new, being answered by somebody else, or answered before."""

    exchange: Exchange
    state: Literal["new", "running", "answered"] = "new"
    actor: str
    model_id: str
    system_prompt: str | None
    memory_floor: int
    settings: dict[str, Any]


def open_exchange(
    session: Session,
    *,
    principal: Principal,
    interaction_id: UUID,
    question: PromptText,
    answers: int = 1,
    due_at: datetime,
    claim: Claim | None,
) -> OpenedExchange:
    """Store the prompt and pending responses to it; a repeated key finds its own prompt.

    Raises NotFound, Conflict (the conversation has ended, or another first request with the
    key has just begun) and Invalid (the key came with another body).
    """
    known = idempotency.prompt_of(session, claim=claim)
    if known:
        return _again(session, known, principal, answers, due_at)
    ids = [new_id() for _ in range(answers)]
    values: dict[str, Any] = {
        "prompt_id": new_id(),
        "response_ids": ids,
        "event_id": new_id(),
        "interaction_id": interaction_id,
        "user_id": principal.id,
        "due_at": due_at,
    }
    row = session.execute(OPEN, values | _columns(question)).one_or_none()
    if row is None:
        raise _why_not(session, principal, interaction_id)
    if claim:
        # Two first requests at once: the conversation's row let one in before the other,
        # and the key's row tells the second one.
        idempotency.bind(session, claim=claim, prompt_id=values["prompt_id"])
    return OpenedExchange(
        exchange=_stored(row, question, values),
        actor=principal.id,
        model_id=row.model_id,
        system_prompt=row.system_prompt,
        memory_floor=row.memory_floor,
        settings=row.settings,
    )


def add_responses(
    session: Session,
    *,
    prompt_id: UUID,
    answers: int,
    due_at: datetime,
    model_id: str | None = None,
    parameters: dict[str, Any] | None = None,
    sent: dict[str, Any] | None = None,
) -> list[Response]:
    """Make further pending responses to a prompt that the caller holds.

    They are by another model if one is named. Raises Conflict where the conversation was erased
    while somebody waited for the prompt.
    """
    ids = [new_id() for _ in range(answers)]
    values = {"prompt_id": prompt_id, "response_ids": ids, "due_at": due_at, "model_id": model_id}
    session.execute(AGAIN, {**values, "parameters": parameters, "sent": sent})
    made = session.scalars(select(Response).where(Response.id.in_(ids)).order_by(Response.id)).all()
    if not made:
        raise ended("erased")
    return list(made)


def _columns(question: PromptText) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "content": question.content,
        "context": question.context,
        "system_prompt": question.system_prompt,
        "parameters": question.parameters,
        "messages": question.messages,
    }


def _again(
    session: Session,
    prompt_id: UUID,
    principal: Principal,
    answers: int,
    due_at: datetime,
) -> OpenedExchange:
    """Answer a repeat: what is stored or under way, or new responses after a failure."""
    hold(session, prompt_id=prompt_id)
    found = session.scalars(
        select(Response)
        .where(Response.prompt_id == prompt_id, Response.status != ResponseStatus.FAILED)
        .order_by(Response.id)
        .limit(answers)
    ).all()
    responses = found or add_responses(session, prompt_id=prompt_id, answers=answers, due_at=due_at)
    opened = reopen(session, prompt_id=prompt_id, responses=responses)
    return replace(opened, state=_state(found), actor=principal.id)


def hold(session: Session, *, prompt_id: UUID) -> None:
    """Wait until nobody else makes answers to a prompt, or erases it, and hold it."""
    session.execute(select(Prompt.id).where(Prompt.id == prompt_id).with_for_update())


def reopen(session: Session, *, prompt_id: UUID, responses: Sequence[Response]) -> OpenedExchange:
    """Return a stored prompt with responses to it that are to be answered."""
    prompt = session.get_one(Prompt, prompt_id)
    interaction = session.get_one(Interaction, prompt.interaction_id)
    return OpenedExchange(
        exchange=Exchange(prompt, responses[0], responses[1:]),
        actor=interaction.user_id,
        model_id=interaction.model_id,
        system_prompt=interaction.system_prompt,
        memory_floor=interaction.memory_floor,
        settings=interaction.settings,
    )


def _state(found: Sequence[Response]) -> Literal["new", "running", "answered"]:
    if not found:
        return "new"
    return "running" if any(one.status in OPEN_RESPONSES for one in found) else "answered"


def _why_not(session: Session, principal: Principal, interaction_id: UUID) -> Exception:
    interaction = session.scalars(
        select(Interaction).where(
            Interaction.id == interaction_id, Interaction.user_id == principal.id
        )
    ).one_or_none()
    if interaction is None:
        return interactions.not_own(session, principal=principal, interaction_id=interaction_id)
    return ended(interaction.status)


def ended(state: str) -> Conflict:
    """Return the error for a conversation that takes no further questions or answers."""
    message = f"expected an active interaction, found it {state}"
    return Conflict(message, code="interaction_ended")


def _stored(row: Any, question: PromptText, values: dict[str, Any]) -> Exchange:
    prompt = Prompt(
        id=values["prompt_id"],
        interaction_id=row.id,
        sequence=row.last_sequence,
        created_at=row.created_at,
        **_columns(question),
    )
    first, *others = (
        _pending(row, prompt.id, id_, values["due_at"]) for id_ in values["response_ids"]
    )
    return Exchange(prompt, first, others)


def _pending(row: Any, prompt_id: UUID, response_id: UUID, due_at: datetime) -> Response:
    return Response(
        id=response_id,
        prompt_id=prompt_id,
        interaction_id=row.id,
        status=ResponseStatus.PENDING,
        model_id=row.model_id,
        model_version=row.model_version,
        created_at=row.created_at,
        due_at=due_at,
    )
