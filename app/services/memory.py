"""Memory: what of a conversation goes to the model again, and the record of what went."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain.memory import Turn, messages_for
from app.domain.states import ResponseStatus
from app.models import Prompt, Response
from app.services.exchanges import OpenedExchange
from app.services.served_models import Target

_MEMORY_TURNS = 200


def assemble(
    session: Session, *, opened: OpenedExchange, target: Target, characters: int
) -> list[dict[str, Any]]:
    """Return the messages to send with a chat message, and record them with its responses."""
    del target
    prompt = opened.exchange.prompt
    messages = messages_for(
        turns=_turns_before(session, opened),
        content=prompt.content,
        system_prompt=prompt.system_prompt or opened.system_prompt,
        characters=characters,
    )
    session.execute(
        update(Response).where(Response.prompt_id == prompt.id).values(sent={"messages": messages})
    )
    return messages


def _turns_before(session: Session, opened: OpenedExchange) -> list[Turn]:
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
        .order_by(
            Prompt.sequence.desc(),
            (Response.id == Prompt.chosen_response_id).desc().nulls_last(),
            Response.id.desc(),
        )
        .limit(_MEMORY_TURNS)
    ).all()
    return [Turn(row[1], row[2] or "") for row in reversed(rows)]
