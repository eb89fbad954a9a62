"""Sent: exactly what went to the model for a response, its texts kept by reference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.memory import Selection, Source, recall_text
from app.models import Prompt, Response, Summary
from app.services import chat_templates, responses

Json = dict[str, Any]
# Where the text of a message is: in the column of a row that is named by its id.
_PLACES = {
    "prompt_id": Prompt.content,
    "response_id": Response.content,
    "summary_id": Summary.content,
    "system_prompt_of": Prompt.system_prompt,
}
_NAMES = {"prompt": "prompt_id", "response": "response_id", "summary": "summary_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentContext:
    """A single question with its context, or the messages of a conversation.

    With a ``template`` they went as one ``text``; None where the template is another by now.
    """

    response_id: UUID
    model_id: str
    kind: str
    content: str | None = None
    context: str | None = None
    messages: Sequence[Json] | None = None
    template: str | None = None
    text: str | None = None
    memory: Json | None = None
    parameters: Json = field(default_factory=dict)


def get(session: Session, *, principal: Principal, response_id: UUID) -> SentContext:
    """Return what was sent for a response that the principal may see; raises NotFound."""
    response = responses.get(session, principal=principal, response_id=response_id)
    prompt = session.get_one(Prompt, response.prompt_id)
    parameters = prompt.parameters if response.parameters is None else response.parameters
    told: Json = {
        "response_id": response.id,
        "model_id": response.model_id,
        "parameters": parameters,
    }
    if prompt.kind == "prompt":
        return SentContext(kind="query", content=prompt.content, context=prompt.context, **told)
    record = response.sent or {"messages": prompt.messages or []}
    told["messages"] = found = messages(session, record=record)
    template = record.get("templates", {}).get(response.model_id)
    if template:
        told["template"] = template
        told["text"] = chat_templates.text(
            session, model_id=response.model_id, name=template, messages=found
        )
    return SentContext(kind="chat", memory=record.get("memory"), **told)


def references(selection: Selection, *, prompt: Prompt) -> list[Json]:
    """Return the messages with ids for their texts, which live once, in their own rows.

    The system prompt of a conversation may change, so what it was is kept as it is.
    """
    said = zip(selection.messages, selection.sources, strict=True)
    return [_reference(message, source, prompt) for message, source in said]


def messages(session: Session, *, record: Mapping[str, Any]) -> list[Json]:
    """Return the messages of a record as they were sent."""
    kept = record["messages"]
    texts = {name: _texts(session, name, kept) for name in _PLACES}
    return [_resolved(message, texts) for message in kept]


def _reference(message: Mapping[str, str], source: Source, prompt: Prompt) -> Json:
    role = {"role": message["role"]}
    if source.kind in _NAMES:
        return role | {_NAMES[source.kind]: str(source.id)}
    if prompt.system_prompt:
        return role | {"system_prompt_of": str(prompt.id)}
    return dict(message)


def _texts(session: Session, name: str, kept: Iterable[Json]) -> Mapping[str, str]:
    column = _PLACES[name]
    ids = {UUID(message[name]) for message in kept if name in message}
    if not ids:
        return {}
    key = column.class_.id
    rows = session.execute(select(key, column).where(key.in_(ids)))
    return {str(id_): text or "" for id_, text in rows}


def _resolved(message: Json, texts: Mapping[str, Mapping[str, str]]) -> Json:
    for name, found in texts.items():
        if name in message:
            text = found.get(message[name], "")
            content = recall_text(text) if name == "summary_id" else text
            return {"role": message["role"], "content": content}
    return message
