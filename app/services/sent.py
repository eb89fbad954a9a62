"""Sent: exactly what went to the model for a response."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.models import Prompt, Response
from app.services import responses


@dataclass(frozen=True, slots=True, kw_only=True)
class SentContext:
    """A single question with its context, or the messages of a conversation."""

    response_id: UUID
    model_id: str
    kind: str
    content: str | None = None
    context: str | None = None
    messages: list[dict[str, Any]] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


def get(session: Session, *, principal: Principal, response_id: UUID) -> SentContext:
    """Return what was sent for a response that the principal may see; raises NotFound."""
    response = responses.get(session, principal=principal, response_id=response_id)
    prompt = session.get_one(Prompt, response.prompt_id)
    parameters = prompt.parameters if response.parameters is None else response.parameters
    told: dict[str, Any] = {
        "response_id": response.id,
        "model_id": response.model_id,
        "parameters": parameters,
    }
    if prompt.kind == "prompt":
        return SentContext(kind="query", content=prompt.content, context=prompt.context, **told)
    return SentContext(kind="chat", messages=_messages(prompt, response), **told)


def _messages(prompt: Prompt, response: Response) -> list[dict[str, Any]]:
    if response.sent is not None:
        return list(response.sent["messages"])
    return list(prompt.messages or [])
