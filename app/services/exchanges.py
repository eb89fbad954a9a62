"""Exchanges: a prompt and a response to it, opened, completed or failed, a statement each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.clients.inference.base import Completion
from app.domain.access import Principal
from app.domain.memory import Turn
from app.domain.states import OPEN_RESPONSES, ResponseStatus
from app.errors import Conflict
from app.models import Interaction, Prompt, Response
from app.services import idempotency, interactions
from app.services.exchange_statements import AGAIN, COMPLETE, FAIL, OPEN
from app.services.idempotency import Claim
from app.utils.ids import new_id

_MEMORY_TURNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """What is stored of a question."""

    kind: str
    content: str
    context: str | None = None
    system_prompt: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A stored prompt and one response to it, both as rows."""

    prompt: Any
    response: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedExchange:
    """An exchange that waits for its answer, or has one from before."""

    exchange: Exchange
    actor: str
    system_prompt: str | None
    memory_floor: int
    answered: bool = False


def open_exchange(
    session: Session,
    *,
    principal: Principal,
    interaction_id: UUID,
    question: PromptText,
    due_at: datetime,
    claim: Claim | None,
) -> OpenedExchange:
    """Store the prompt and a pending response to it; a repeated key finds its own prompt.

    Raises NotFound, Conflict (the conversation has ended, or the first request with the
    key still runs) and Invalid (the key came with another body).
    """
    if claim:
        bound = idempotency.find(session, claim=claim)
        if bound and bound.prompt_id:
            return _again(session, claim, bound.prompt_id, principal, due_at)
    ids = {"prompt_id": new_id(), "response_id": new_id(), "event_id": new_id()}
    row = session.execute(
        OPEN,
        {
            **ids,
            "interaction_id": interaction_id,
            "user_id": principal.id,
            "kind": question.kind,
            "content": question.content,
            "context": question.context,
            "system_prompt": question.system_prompt,
            "parameters": question.parameters,
            "due_at": due_at,
        },
    ).one_or_none()
    if row is None:
        raise _why_not(session, principal, interaction_id)
    if claim:
        # Two first requests at once: the conversation's row let one in before the other,
        # and the key's row tells the second one.
        idempotency.bind(session, claim=claim, prompt_id=ids["prompt_id"])
    exchange = _stored(row, question, ids, due_at)
    return OpenedExchange(
        exchange=exchange,
        actor=principal.id,
        system_prompt=row.system_prompt,
        memory_floor=row.memory_floor,
    )


def complete(session: Session, *, opened: OpenedExchange, completion: Completion) -> Any | None:
    """Store the answer and return the response, or None where it had been ended before.

    Storing it once more, after a commit whose outcome was lost, changes nothing.
    """
    stored = session.execute(
        COMPLETE,
        {
            "id": opened.exchange.response.id,
            "event_id": new_id(),
            "actor": opened.exchange.response.model_id,
            "content": completion.text,
            "endpoint_name": completion.endpoint_name,
            "provider": completion.provider,
            "finish_reason": completion.finish_reason,
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "latency_ms": completion.latency_ms,
            "model_version": completion.model_version,
            "raw": completion.raw,
        },
    ).one_or_none()
    if stored is not None:
        return stored
    response_id = opened.exchange.response.id
    response = session.get_one(Response, response_id, populate_existing=True)
    return response if response.status == ResponseStatus.COMPLETE else None


def fail(
    session: Session,
    *,
    response_id: UUID,
    code: str,
    message: str,
    endpoint_name: str | None = None,
    raw: str | None = None,
) -> bool:
    """End an open response as failed and say whether it was open."""
    ended = session.execute(
        FAIL,
        {
            "id": response_id,
            "event_id": new_id(),
            "error": {"code": code, "message": message},
            "code": code,
            "endpoint_name": endpoint_name,
            "raw": raw,
        },
    )
    return ended.one_or_none() is not None


def turns_before(session: Session, *, opened: OpenedExchange) -> list[Turn]:
    """Return the answered turns that the model may remember, oldest first."""
    prompt = opened.exchange.prompt
    rows = session.execute(
        select(Prompt.sequence, Prompt.content, Response.content)
        .join(Response, Response.prompt_id == Prompt.id)
        .where(
            Prompt.interaction_id == prompt.interaction_id,
            Prompt.sequence > opened.memory_floor,
            Prompt.sequence < prompt.sequence,
            Response.status == ResponseStatus.COMPLETE,
        )
        .ext(distinct_on(Prompt.sequence))
        .order_by(Prompt.sequence.desc(), Response.id.desc())
        .limit(_MEMORY_TURNS)
    ).all()
    return [Turn(row[1], row[2] or "") for row in reversed(rows)]


def _again(
    session: Session,
    claim: Claim,
    prompt_id: UUID,
    principal: Principal,
    due_at: datetime,
) -> OpenedExchange:
    """Answer a repeat: the stored answer, or a new response to the prompt after a failure."""
    prompt = session.scalars(select(Prompt).where(Prompt.id == prompt_id).with_for_update()).one()
    responses = session.scalars(
        select(Response).where(Response.prompt_id == prompt_id).order_by(Response.id)
    ).all()
    interaction = session.get_one(Interaction, prompt.interaction_id)
    complete_one = _first(responses, frozenset({ResponseStatus.COMPLETE}))
    if complete_one is None and _first(responses, OPEN_RESPONSES):
        raise idempotency.running(claim)
    response = complete_one or _new_response(session, prompt_id, due_at)
    return OpenedExchange(
        exchange=Exchange(prompt, response),
        actor=principal.id,
        system_prompt=interaction.system_prompt,
        memory_floor=interaction.memory_floor,
        answered=complete_one is not None,
    )


def _first(responses: Sequence[Response], states: frozenset[ResponseStatus]) -> Response | None:
    return next((response for response in responses if response.status in states), None)


def _new_response(session: Session, prompt_id: UUID, due_at: datetime) -> Response:
    response_id = new_id()
    session.execute(AGAIN, {"response_id": response_id, "prompt_id": prompt_id, "due_at": due_at})
    return session.get_one(Response, response_id)


def _why_not(session: Session, principal: Principal, interaction_id: UUID) -> Exception:
    interaction = session.scalars(
        select(Interaction).where(
            Interaction.id == interaction_id, Interaction.user_id == principal.id
        )
    ).one_or_none()
    if interaction is None:
        return interactions.not_own(session, principal=principal, interaction_id=interaction_id)
    return Conflict(
        f"expected an active interaction, found it {interaction.status}",
        code="interaction_ended",
    )


def _stored(row: Any, question: PromptText, ids: dict[str, UUID], due_at: datetime) -> Exchange:
    prompt = Prompt(
        id=ids["prompt_id"],
        interaction_id=row.id,
        sequence=row.last_sequence,
        kind=question.kind,
        content=question.content,
        context=question.context,
        system_prompt=question.system_prompt,
        parameters=question.parameters,
        created_at=row.created_at,
    )
    response = Response(
        id=ids["response_id"],
        prompt_id=ids["prompt_id"],
        interaction_id=row.id,
        status=ResponseStatus.PENDING,
        model_id=row.model_id,
        model_version=row.model_version,
        due_at=due_at,
    )
    return Exchange(prompt, response)
