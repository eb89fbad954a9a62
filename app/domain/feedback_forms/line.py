"""Our own form: one object says what one person thinks of one response.

It names the response by ``response_id``, by ``conversation_id`` (the external id of a
conversation that was imported) and ``turn``, or it holds the exchange: ``prompt`` or
``messages``, and ``response``. The parts of the feedback are those of ``POST /feedback``.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.conversation_forms import LONGEST_EXTERNAL_ID, LONGEST_USER_ID, OPENAI
from app.domain.feedback_forms.parts import LONGEST_NOTE, flag_in, ratings_in, spans_in, text_in
from app.domain.field_reader import FieldReader
from app.domain.flagging import Flag
from app.domain.states import Rating
from app.domain.told import Told, told_in
from app.errors import Invalid
from app.utils.canonical_json import canonical_bytes

Json = dict[str, Any]

_LONGEST_SOURCE = 100
_MOST_TURNS = 1_000_000
_PARTS = (
    *("rating", "dimension_ratings", "overall_comment", "correction", "flag", "cannot_judge"),
    "spans",
)
# What this service says of feedback, and makes itself: so that its own answers can come in.
_OURS = frozenset(
    {
        *("status", "version", "updated_at", "return_reason", "appeal", "interaction_id"),
        *("origin", "provenance"),
    }
)
_OF_CONVERSATION = ("title", "system_prompt", "training_consent", "metadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which response it is about; ``conversation`` is taken in first where the line holds it."""

    response_id: UUID | None = None
    conversation_id: str | None = None
    turn: int | None = None
    conversation: Told | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFeedback:
    """What a line tells; ``digest`` is the SHA-256 of all of it, and ``size`` its bytes.

    ``adds`` says that the line may add to what its rater has said of the response before.
    """

    line: int
    digest: bytes
    size: int
    external_id: str
    source: str
    target: Target
    user_id: str | None = None
    given_at: datetime | None = None
    parts: Json = field(default_factory=dict)
    ratings: list[Json] = field(default_factory=list)
    spans: list[Json] = field(default_factory=list)
    adds: bool = False


def told_line(number: int, value: Mapping[str, Any], *, source: str, adds: bool) -> ToldFeedback:
    """Return what a line tells; raises Invalid with everything that does not fit."""
    reader = FieldReader({name: one for name, one in value.items() if name not in _OURS})
    whole = canonical_bytes(value)
    digest = hashlib.sha256(whole).digest()
    user_id = _user_id(reader)
    target = _target(reader, number)
    told = ToldFeedback(
        line=number,
        digest=digest,
        size=len(whole),
        external_id=reader.text("external_id", "id", longest=LONGEST_EXTERNAL_ID)
        or f"sha256:{digest.hex()}",
        source=reader.text("source", longest=_LONGEST_SOURCE) or source,
        target=target,
        user_id=user_id,
        given_at=reader.time("created_at", "given_at"),
        parts=_parts(reader),
        ratings=list(ratings_in(reader)),
        spans=list(spans_in(reader)),
        adds=adds,
    )
    reader.faults |= {name: ["no such field"] for name, one in reader.rest.items() if said(one)}
    reader.check()
    _refuse_nothing(told)
    return told


def said(value: object) -> bool:
    """Say whether a value is more than nothing."""
    return value not in (None, "", [], {})


def _parts(reader: FieldReader) -> Json:
    parts: dict[str, Flag | str | bool | None] = {
        "rating": reader.word("rating", [*Rating]),
        "overall_comment": text_in(reader, "overall_comment", longest=LONGEST_NOTE),
        "correction": text_in(reader, "correction"),
        "flag": flag_in(reader),
        "cannot_judge": reader.flag("cannot_judge"),
        "cannot_judge_reason": text_in(reader, "cannot_judge_reason", longest=LONGEST_NOTE),
    }
    return {name: one for name, one in parts.items() if one not in (None, False)}


def _refuse_nothing(told: ToldFeedback) -> None:
    if not (told.ratings or told.spans or told.parts.keys() & set(_PARTS)):
        message = f"expected at least one of {', '.join(_PARTS)}"
        raise Invalid("the line says nothing of the response", errors={"_schema": [message]})


def _user_id(reader: FieldReader) -> str | None:
    value = reader.text("user_id", longest=LONGEST_USER_ID)
    if value and not (value.isprintable() and value.strip()):
        reader.faults["user_id"] = ["expected printable characters"]
    return value


def _target(reader: FieldReader, number: int) -> Target:
    response_id = reader.text("response_id")
    conversation_id = reader.text("conversation_id", longest=LONGEST_EXTERNAL_ID)
    turn = _turn(reader)
    exchange = {name: reader.take(name) for name in ("prompt", "messages", "response")}
    more = {name: reader.take(name) for name in (*_OF_CONVERSATION, "model_id", "owner_id")}
    if response_id is not None:
        return Target(response_id=_uuid(reader, response_id))
    if any(said(one) for one in exchange.values()):
        whole = {
            "external_id": conversation_id,
            **more,
            "user_id": more["owner_id"],
            "messages": [*_messages(reader, exchange)],
        }
        return Target(turn=turn, conversation=_conversation(reader, number, whole))
    if conversation_id is None:
        message = "expected it, or conversation_id, or prompt and response"
        reader.faults.setdefault("response_id", [message])
    return Target(conversation_id=conversation_id, turn=turn)


def _messages(reader: FieldReader, exchange: Json) -> Iterator[Any]:
    messages, prompt, response = (exchange[name] for name in ("messages", "prompt", "response"))
    if isinstance(messages, list):
        yield from messages
    elif messages is not None:
        reader.faults["messages"] = ["expected a list"]
    if said(prompt):
        yield {"role": "user", "content": prompt}
    if said(response):
        yield {"role": "assistant", "content": response}


def _conversation(reader: FieldReader, number: int, whole: Json) -> Told | None:
    value = {name: one for name, one in whole.items() if said(one) and name != "owner_id"}
    try:
        return told_in(number, value, form=OPENAI)
    except Invalid as error:
        reader.faults |= error.errors
        return None


def _turn(reader: FieldReader) -> int | None:
    value = reader.take("turn")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and 1 <= value <= _MOST_TURNS:
        return int(value)
    if value is not None:
        reader.faults["turn"] = ["expected a whole number from 1"]
    return None


def _uuid(reader: FieldReader, value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        reader.faults["response_id"] = ["expected a UUID"]
        return None
