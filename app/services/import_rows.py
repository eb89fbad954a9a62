"""The rows of imported conversations, stored a table a statement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.conversation import Conversation, Message, ToldTurn, system_prompt_of, turns_of
from app.domain.states import InteractionStatus, ResponseStatus
from app.services import events
from app.utils.ids import id_at, new_id

Json = dict[str, Any]

PROVIDER = "import"
# The rows of a table come as one JSON text: one statement and one journey, however many.
_COLUMNS = {
    "interactions": (
        "id uuid, user_id text, model_id text, title text, status text, system_prompt text,"
        " metadata jsonb, training_consent boolean, last_sequence int, created_at timestamptz,"
        " updated_at timestamptz, ended_at timestamptz"
    ),
    "prompts": (
        "id uuid, interaction_id uuid, sequence int, kind text, content text, messages jsonb,"
        " created_at timestamptz"
    ),
    "responses": (
        "id uuid, prompt_id uuid, interaction_id uuid, status text, content text, model_id text,"
        " provider text, raw text, created_at timestamptz, due_at timestamptz,"
        " completed_at timestamptz"
    ),
    "imported_conversations": (
        "importer text, external_id text, digest bytea, interaction_id uuid"
    ),
    # The order of the rows is the order of the log.
    "events": "id uuid, type text, subject text, actor text, interaction_id uuid, data jsonb",
}


def _statement(table: str, columns: str) -> Any:
    names = ", ".join(column.split()[0] for column in columns.split(","))
    return text(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM ROWS FROM"  # noqa: S608  # Ours.
        f" (json_to_recordset(CAST(:rows AS json)) AS ({columns})) WITH ORDINALITY"
        " ORDER BY ordinality"
    )


_INSERTS = {table: _statement(table, columns) for table, columns in _COLUMNS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose the conversation becomes, and what holds where the line does not say."""

    importer: str
    user_id: str
    model_id: str
    training_consent: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class RatedResponse:
    """An answer that came with a rating or a comment of its reader."""

    response_id: UUID
    user_id: str
    message: Message


@dataclass(slots=True)
class Rows:
    """Rows by table, in the order in which they are stored."""

    tables: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    rated: list[RatedResponse] = field(default_factory=list)

    def store(self, session: Session) -> None:
        """Insert all rows."""
        for table, statement in _INSERTS.items():
            if rows := self.tables[table]:
                session.execute(statement, {"rows": orjson.dumps(rows).decode()})

    def event(self, type_: str, subject: str, actor: str, interaction_id: UUID, data: Json) -> None:
        """Add an event to the log."""
        self.tables["events"].append(
            {
                "id": new_id(),
                "type": type_,
                "subject": subject,
                "actor": actor,
                "interaction_id": interaction_id,
                "data": data,
            }
        )


def add_conversation(
    rows: Rows, *, conversation: Conversation, owner: Owner, external_id: str, digest: bytes
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
            "digest": f"\\x{digest.hex()}",
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
    rows: Rows, turns: Sequence[ToldTurn], interaction_id: UUID, owner: Owner, began: datetime
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
            response_id = _add_answer(rows, prompt, turn.answer, (owner.model_id, latest, place))
            if turn.answer.rating or turn.answer.comment:
                rows.rated.append(RatedResponse(response_id, owner.user_id, turn.answer))
        # They are answers to the last question, so that no prompt comes after them.
        for place, one in enumerate(turn.alternatives, start=2 * sequence + 1):
            model_id = one.model_id or owner.model_id
            _add_answer(rows, prompt, one.message, (model_id, latest, place))


def _add_answer(
    rows: Rows, prompt: Json, answer: Message, given: tuple[str, datetime, int]
) -> UUID:
    """Add an answer of a model at a moment, and of the same moment in its place."""
    model_id, moment, place = given
    response_id, interaction_id = id_at(moment, place=place), prompt["interaction_id"]
    rows.tables["responses"].append(
        {
            "id": response_id,
            "prompt_id": prompt["id"],
            "interaction_id": interaction_id,
            **_answer(answer, model_id, moment),
        }
    )
    _add_message(rows, "response", response_id, interaction_id, (model_id, moment))
    return response_id


def _answer(answer: Message, model_id: str, said_at: datetime) -> Json:
    return {
        "status": ResponseStatus.COMPLETE,
        "content": answer.text,
        "model_id": model_id,
        "provider": PROVIDER,
        "raw": None if answer.is_plain else orjson.dumps(answer.whole).decode(),
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
