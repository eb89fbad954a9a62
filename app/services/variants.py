"""Variants: further answers to a stored prompt, and which of them the conversation goes on with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.deadline import Deadline
from app.domain.page import Page, PageRequest
from app.domain.states import OPEN_RESPONSES, InteractionStatus, ResponseStatus
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Interaction, Prompt, Response
from app.services import (
    chat_templates,
    events,
    exchanges,
    idempotency,
    interactions,
    keyset,
    questions,
    sent,
    served_models,
)
from app.services.calls import Call
from app.services.exchanges import Exchange, OpenedExchange
from app.services.idempotency import Claim
from app.services.questions import Asked, Limits
from app.services.served_models import Target
from app.utils import clock

MOST_RESPONSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How another answer is to be made; None: as the first one was."""

    model_id: str | None = None
    parameters: dict[str, Any] | None = None


def open_variant(
    session: Session,
    *,
    principal: Principal,
    prompt_id: UUID,
    wish: Wish,
    limits: Limits,
    claim: Claim | None = None,
) -> Asked:
    """Make a pending response to a prompt of one's own; a repeated key finds its own.

    The model is sent what it was sent the first time. Raises NotFound, Forbidden, Conflict
    (ended, ``too_many_responses``, ``model_not_served``), Invalid and TooMany.
    """
    deadline = Deadline.after(limits.deadline_seconds)
    prompt, interaction = _own(session, principal, prompt_id)
    known = _known(session, claim)
    if known is not None and known.status != ResponseStatus.FAILED:
        state = "running" if known.status in OPEN_RESPONSES else "answered"
        return Asked(_opened(prompt, interaction, known, principal, state), None)
    first = _first(session, prompt, interaction)
    targets = served_models.targets(session, model_id=wish.model_id or interaction.model_id)
    response = _begun(session, first, wish, targets, limits)
    if claim:
        idempotency.bind_response(session, claim=claim, response_id=response.id)
    call = Call(
        targets=targets,
        content=prompt.content,
        context=prompt.context,
        messages=_messages(session, prompt, first),
        parameters=prompt.parameters if wish.parameters is None else wish.parameters,
        deadline=deadline,
    )
    opened = _opened(prompt, interaction, response, principal, "new")
    questions.reserve(session, principal=principal, opened=opened, call=call, limits=limits)
    return Asked(opened, call)


def page(session: Session, *, principal: Principal, prompt_id: UUID, page: PageRequest) -> Page:
    """Return a page of the responses to a prompt, oldest first; raises NotFound."""
    _found(session, principal, prompt_id)
    query = select(Response).where(Response.prompt_id == prompt_id)
    return keyset.ascending(session, query=query, by=(Response.id,), page=page)


def choose(
    session: Session, *, principal: Principal, prompt_id: UUID, response_id: UUID | None
) -> Prompt:
    """Go on with this answer (None: with the newest complete one) and return the prompt.

    Raises NotFound, Forbidden, and Invalid for a response that is no answer to the prompt.
    """
    prompt, _ = _own(session, principal, prompt_id)
    if response_id is not None:
        _check_choice(session, prompt, response_id)
    if prompt.chosen_response_id != response_id:
        prompt.chosen_response_id = response_id
        events.record(
            session,
            type_="prompt.response_chosen",
            subject=f"prompt:{prompt.id}",
            actor=principal.id,
            data={"id": prompt.id, "response_id": response_id},
            interaction_id=prompt.interaction_id,
        )
    return prompt


def _own(session: Session, principal: Principal, prompt_id: UUID) -> tuple[Prompt, Interaction]:
    """Return a prompt of the principal's own, and hold it: choices and answers come in turn."""
    prompt, interaction = _found(session, principal, prompt_id, holds=True)
    if interaction.user_id != principal.id:
        raise Forbidden("expected the person whose conversation it is")
    return prompt, interaction


def _found(
    session: Session, principal: Principal, prompt_id: UUID, *, holds: bool = False
) -> tuple[Prompt, Interaction]:
    """Return a prompt that the principal may see, with its conversation; raises NotFound."""
    # One query, whoever asks: the time it takes tells nobody what there is.
    query = (
        select(Prompt, Interaction)
        .join(Interaction, Interaction.id == Prompt.interaction_id)
        .where(Prompt.id == prompt_id)
    )
    row = session.execute(query.with_for_update(of=Prompt) if holds else query).one_or_none()
    if row is None or not interactions.may_see(principal, owner_id=row.Interaction.user_id):
        raise NotFound(f"there is no prompt {prompt_id} for you")
    return row.Prompt, row.Interaction


def _known(session: Session, claim: Claim | None) -> Response | None:
    """Return the response that the key stands for already."""
    bound = idempotency.find(session, claim=claim) if claim else None
    if bound is None or bound.response_id is None:
        return None
    return session.get_one(Response, bound.response_id, populate_existing=True)


def _first(session: Session, prompt: Prompt, interaction: Interaction) -> Response:
    """Return the first response to a prompt that may have one more."""
    if interaction.status != InteractionStatus.ACTIVE:
        raise exchanges.ended(interaction.status)
    count = select(func.count()).where(Response.prompt_id == prompt.id)
    if session.scalars(count).one() >= MOST_RESPONSES:
        message = f"expected at most {MOST_RESPONSES} responses to a prompt, found as many"
        raise Conflict(message, code="too_many_responses")
    query = select(Response).where(Response.prompt_id == prompt.id).order_by(Response.id)
    return session.scalars(query.limit(1)).one()


def _begun(
    session: Session, first: Response, wish: Wish, targets: Sequence[Target], limits: Limits
) -> Response:
    """Store a pending response, with what its model is sent: the same as the first one's."""
    (response,) = exchanges.add_responses(
        session,
        prompt_id=first.prompt_id,
        answers=1,
        due_at=clock.now() + timedelta(seconds=limits.due_seconds),
        model_id=wish.model_id,
        parameters=wish.parameters,
        sent=first.sent
        and {**first.sent, "templates": chat_templates.names(targets, rules=limits.memory)},
    )
    return response


def _messages(
    session: Session, prompt: Prompt, first: Response
) -> Sequence[Mapping[str, Any]] | None:
    if prompt.kind == "prompt":
        return None
    record = first.sent or {"messages": prompt.messages or []}
    return sent.messages(session, record=record)


def _opened(
    prompt: Prompt, interaction: Interaction, response: Response, principal: Principal, state: Any
) -> OpenedExchange:
    return OpenedExchange(
        exchange=Exchange(prompt, response),
        state=state,
        actor=principal.id,
        model_id=response.model_id,
        system_prompt=interaction.system_prompt,
        memory_floor=interaction.memory_floor,
        settings=interaction.settings,
    )


def _check_choice(session: Session, prompt: Prompt, response_id: UUID) -> None:
    response = session.get(Response, response_id)
    if response is None or response.prompt_id != prompt.id or response.content is None:
        message = "the response is no answer to this prompt"
        errors = {"response_id": ["expected a response to this prompt that has an answer"]}
        raise Invalid(message, errors=errors)
