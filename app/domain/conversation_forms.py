"""Forms that finished conversations come in: OpenAI messages and ShareGPT, one a line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.domain.conversation import (
    ASSISTANT,
    SYSTEM,
    TOOL,
    USER,
    Alternative,
    Conversation,
    Message,
)
from app.domain.field_reader import FieldReader
from app.domain.model_id import model_id_fault
from app.domain.reply_text import content_text
from app.domain.states import InteractionStatus
from app.errors import Invalid

LONGEST_EXTERNAL_ID = 255
LONGEST_USER_ID = 255
LONGEST_TITLE = 200
_MOST_ALTERNATIVES = 100
# What each role is to the record, and its name in the OpenAI form.
_ROLES = {
    **dict.fromkeys(("user", "human"), (USER, "user")),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "model", "bot"), (ASSISTANT, "assistant")),
    **{name: (SYSTEM, name) for name in ("system", "developer")},
    **{name: (TOOL, name) for name in ("tool", "function")},
    "function_call": (ASSISTANT, "assistant"),
    "observation": (TOOL, "tool"),
}
_TIMES = ("created_at", "timestamp", "created", "create_time")
# Beside these a message says nothing that the record has no place for.
_PLAIN = frozenset({"role", "content", "id", "conversation_id"})


def read_conversation(value: Mapping[str, Any], *, form: str) -> Conversation:
    """Return the conversation of a line; raises Invalid with what does not fit."""
    reader = FieldReader(value)
    names = ("role", "content") if form == OPENAI else ("from", "value")
    told = reader.items("messages" if form == OPENAI else "conversations")
    messages = tuple(_messages(told, names, reader.faults))
    alternatives = tuple(_alternatives(reader, messages))
    found = conversation_of(reader, messages)
    reader.check()
    return replace(found, alternatives=alternatives)


def form_of(value: Mapping[str, Any]) -> str:
    """Return which form a line has; raises Invalid for one that has none."""
    for form, has in _FORMS.items():
        if has(value):
            return form
    raise Invalid(
        "expected messages, conversations or an event of a conversation", code="unknown_form"
    )


def conversation_of(reader: FieldReader, messages: tuple[Message, ...]) -> Conversation:
    """Return the conversation with the fields that all forms share."""
    if not any(message.role == USER for message in messages):
        reader.faults.setdefault("messages", ["expected at least one message of a user"])
    times = [message.said_at for message in messages if message.said_at]
    return Conversation(
        messages=messages,
        external_id=reader.text("external_id", "id", longest=LONGEST_EXTERNAL_ID),
        model_id=_model_id(reader),
        user_id=_user_id(reader),
        title=reader.text("title", longest=LONGEST_TITLE),
        system_prompt=reader.text("system_prompt", "system"),
        status=reader.word("status", [*InteractionStatus]) or InteractionStatus.COMPLETED,
        training_consent=reader.flag("training_consent"),
        metadata=reader.object("metadata"),
        created_at=reader.time(*_TIMES) or (min(times) if times else None),
        ended_at=reader.time("ended_at") or (max(times) if times else None),
        more={name: value for name, value in reader.rest.items() if value not in (None, [], {})},
    )


def read_message(value: Mapping[str, Any], names: tuple[str, str]) -> Message:
    """Return one message, whose role and content go by ``names``; raises Invalid."""
    reader = FieldReader(value)
    role, called = _ROLES.get(str(reader.take(names[0])), (None, None))
    content = reader.take(names[1])
    if role is None:
        reader.faults[names[0]] = [f"expected one of {', '.join(sorted(_ROLES))}"]
    if not isinstance(content, str | list | None):
        reader.faults[names[1]] = ["expected a text or parts"]
    rest = {name: one for name, one in reader.rest.items() if one not in (None, "", [], {})}
    said_at = reader.time(*_TIMES)
    reader.check()
    return Message(
        role=role or USER,
        text=content_text(content) or "",
        whole={"role": called, "content": content, **rest},
        is_plain=not isinstance(content, list) and not rest.keys() - _PLAIN - set(_TIMES),
        said_at=said_at,
    )


def _messages(
    told: list[Any], names: tuple[str, str], faults: dict[str, list[str]]
) -> Iterator[Message]:
    for place, value in enumerate(told):
        if not isinstance(value, dict):
            faults[f"messages.{place}"] = ["expected an object"]
            continue
        try:
            yield read_message(value, names)
        except Invalid as error:
            faults |= {f"messages.{place}.{name}": said for name, said in error.errors.items()}


def _alternatives(reader: FieldReader, messages: tuple[Message, ...]) -> Iterator[Alternative]:
    """Yield the answers to choose from: texts, or texts with the model that gave them."""
    told = reader.items("responses")
    if told and not (messages and messages[-1].role == USER):
        reader.faults["responses"] = ["expected messages that end with a question"]
    if len(told) > _MOST_ALTERNATIVES:
        reader.faults["responses"] = [f"expected at most {_MOST_ALTERNATIVES} answers"]
        return
    for place, value in enumerate(told):
        one = FieldReader(value if isinstance(value, dict) else {"content": value})
        content, model_id = one.text("content"), _model_id(one)
        if content is None:
            one.faults.setdefault("content", ["expected a text"])
        reader.faults |= {f"responses.{place}.{name}": said for name, said in one.faults.items()}
        whole = {"role": "assistant", "content": content}
        message = Message(role=ASSISTANT, text=content or "", whole=whole)
        yield Alternative(message=message, model_id=model_id)


def _model_id(reader: FieldReader) -> str | None:
    value = reader.take("model_id", "model")
    if value is None:
        return None
    fault = model_id_fault(value) if isinstance(value, str) else "expected a text"
    if fault:
        reader.faults["model_id"] = [fault]
    return str(value)


def _user_id(reader: FieldReader) -> str | None:
    value = reader.text("user_id", longest=LONGEST_USER_ID)
    if value and not (value.isprintable() and value.strip()):
        reader.faults["user_id"] = ["expected printable characters"]
    return value


OPENAI, SHAREGPT, EVENTS = "openai", "sharegpt", "events"
EVENT_TYPES = frozenset({"start_conversation", "add_message", "update_message", "end_conversation"})
_FORMS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    EVENTS: lambda value: str(value.get("type")) in EVENT_TYPES,
    SHAREGPT: lambda value: "conversations" in value,
    OPENAI: lambda value: "messages" in value,
}
FORMS = tuple(_FORMS)
