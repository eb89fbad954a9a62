"""The rows of imported conversations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.domain.conversation import Conversation, Message, ToldTurn, system_prompt_of, turns_of
from app.domain.states import InteractionStatus, ResponseStatus
from app.services import events
from app.services.rating_targets import Answer
from app.services.row_tables import Rows, stored_digest
from app.utils.ids import id_at

Json = dict[str, Any]

PROVIDER = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose the conversation becomes, and what holds where the line does not say."""

    importer: str
    user_id: str
    model_id: str
    training_consent: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """An answer that came with a rating or a comment of its reader, whose conversation it is."""

    answer: Answer
    message: Message


@dataclass(slots=True)
class ConversationRows(Rows):
    """The rows of conversations, their answers by turn, and those that came with a rating."""

    answers: list[tuple[int, Answer]] = field(default_factory=list)
    rated: list[RatedAnswer] = field(default_factory=list)


def add_conversation(
    rows: ConversationRows,
    *,
    conversation: Conversation,
    owner: Owner,
    external_id: str,
    digest: bytes,
) -> None:
    """Add the rows of a conversation, with the times that it names."""
    turns = turns_of(conversation)
    began = conversation.created_at or conversation.ended_at or owner.now
    ended = max(conversation.ended_at or began, began)
    interaction_id = id_at(began, place=0)
    is_over = conversation.status != InteractionStatus.ACTIVE
    rows.tables["interactions"].append(
        {
            "id": interaction_id,
            "user_id": owner.user_id,
            "model_id": owner.model_id,
            "title": conversation.title,
            "status": conversation.status,
            "system_prompt": system_prompt_of(conversation),
            "metadata": {**conversation.metadata, **_origin(conversation, external_id)},
            "training_consent": owner.training_consent,
            "last_sequence": len(turns),
            "created_at": began,
            "updated_at": ended,
            "ended_at": ended if is_over else None,
        }
    )
    rows.tables["imported_conversations"].append(
        {
            "importer": owner.importer,
            "external_id": external_id,
            "digest": stored_digest(digest),
            "interaction_id": interaction_id,
        }
    )
    subject = f"interaction:{interaction_id}"
    started = {"id": interaction_id, "model": {"id": owner.model_id}}
    rows.event(events.START_CONVERSATION, subject, owner.importer, interaction_id, started)
    _add_turns(rows, turns, interaction_id, owner, began)
    if is_over:
        data = {"id": interaction_id, "status": conversation.status}
        rows.event(events.END_CONVERSATION, subject, owner.importer, interaction_id, data)


def _origin(conversation: Conversation, external_id: str) -> Json:
    """Return where it came from, and what else was said there."""
    before = {name: one for name, one in conversation.metadata.items() if name == "import"}
    more = conversation.more | ({"metadata": before} if before else {})
    return {"import": {"external_id": external_id, **more}}


def _add_turns(
    rows: ConversationRows,
    turns: Sequence[ToldTurn],
    interaction_id: UUID,
    owner: Owner,
    began: datetime,
) -> None:
    latest = began
    for sequence, turn in enumerate(turns, start=1):
        latest = turn.question.said_at or latest
        prompt: Json = {
            "id": id_at(latest, place=2 * sequence),
            "interaction_id": interaction_id,
            "sequence": sequence,
            "kind": "chat",
            "content": turn.question.text,
            "messages": turn.messages,
            "created_at": latest,
        }
        rows.tables["prompts"].append(prompt)
        _add_message(rows, "prompt", prompt["id"], interaction_id, (owner.user_id, latest))
        if turn.answer:
            latest = turn.answer.said_at or latest
            place = 2 * sequence + 1
            answer = _add_answer(rows, prompt, turn.answer, owner, (None, latest, place))
            if turn.answer.rating or turn.answer.comment:
                rows.rated.append(RatedAnswer(answer, turn.answer))
        # They are answers to the last question, so that no prompt comes after them.
        for place, one in enumerate(turn.alternatives, start=2 * sequence + 1):
            _add_answer(rows, prompt, one.message, owner, (one.model_id, latest, place))


def _add_answer(
    rows: ConversationRows,
    prompt: Json,
    message: Message,
    owner: Owner,
    given: tuple[str | None, datetime, int],
) -> Answer:
    """Add an answer of a model, else the owner's, at a moment, of the same one in its place."""
    model_id, moment, place = given
    answer = Answer(
        id=id_at(moment, place=place),
        interaction_id=prompt["interaction_id"],
        owner_id=owner.user_id,
        model_id=model_id or owner.model_id,
        status=ResponseStatus.COMPLETE,
        has_content=True,
        content=message.text,
    )
    rows.tables["responses"].append(
        {"prompt_id": prompt["id"], **_columns(answer, message, moment)}
    )
    said = (answer.model_id, moment)
    _add_message(rows, "response", answer.id, answer.interaction_id, said)
    rows.answers.append((prompt["sequence"], answer))
    return answer


def _columns(answer: Answer, message: Message, said_at: datetime) -> Json:
    return {
        "id": answer.id,
        "interaction_id": answer.interaction_id,
        "status": answer.status,
        "content": answer.content,
        "model_id": answer.model_id,
        "provider": PROVIDER,
        "raw": None if message.is_plain else orjson.dumps(message.whole).decode(),
        "created_at": said_at,
        "due_at": said_at,
        "completed_at": said_at,
    }


def _add_message(
    rows: Rows, kind: str, id_: UUID, interaction_id: UUID, said: tuple[str, datetime]
) -> None:
    actor, moment = said
    data = {
        "id": id_,
        "conversation_id": interaction_id,
        "role": "user" if kind == "prompt" else "assistant",
        "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}",
    }
    rows.event(events.ADD_MESSAGE, f"{kind}:{id_}", actor, interaction_id, data)
