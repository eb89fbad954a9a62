"""Conversations put together from events, each a line, that may lie anywhere in a file.

The events are those of the founding document 002, as a log prints them and as ``GET /events``
of this service gives them: ``{"type", "data"}``, or the data beside the type.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.conversation import ASSISTANT, Message
from app.domain.conversation_forms import conversation_of, read_message
from app.domain.field_reader import FieldReader
from app.domain.states import Rating
from app.domain.told import Refusal, Told
from app.errors import Invalid
from app.utils.canonical_json import canonical_bytes

Json = dict[str, Any]

# How many bytes of conversations without an end are kept, and what each takes besides.
MOST_OPEN = 33_554_432
_OWN_SIZE = 2_000
_START, _ADD, _UPDATE = "start_conversation", "add_message", "update_message"
_LONGEST_COMMENT = 20_000
_RATINGS = frozenset(Rating)


@dataclass(slots=True)
class _Open:
    """A conversation whose end has not come yet."""

    line: int
    start: Json
    size: int = 0
    messages: dict[str, Json] = field(default_factory=dict)
    spoiled_by: int | None = None
    end: Json = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)


class Gathering:
    """Takes events line by line; a conversation is whole at its end, or where the file ends."""

    def __init__(self, *, most_open: int = MOST_OPEN) -> None:
        self._open: dict[str, _Open] = {}
        self._size = 0
        self._most = most_open

    def take(self, line: int, value: Mapping[str, Any], size: int) -> Iterator[Told | Refusal]:
        """Take one event and yield what is whole now, or cannot be kept any longer.

        Raises Invalid for an event that does not fit; its conversation is refused at its end.
        """
        type_ = str(value["type"])
        data = value.get("data")
        if not isinstance(data, dict):
            data = {name: one for name, one in value.items() if name != "type"}
        name = _conversation_id(type_, data)
        found = self._begin(line, name, data) if type_ == _START else self._found(name)
        self._grow(found, size)
        found.digest.update(canonical_bytes([type_, data]))
        try:
            self._apply(found, type_, data)
        except Invalid:
            found.spoiled_by = found.spoiled_by or line
            raise
        if type_ not in {_START, _ADD, _UPDATE}:
            yield self._end(name)
        yield from self._make_room()

    def rest(self) -> Iterator[Told | Refusal]:
        """Yield the conversations whose end never came: the file was all of them."""
        for name in list(self._open):
            yield self._end(name)

    def _begin(self, line: int, name: str, data: Json) -> _Open:
        if name in self._open:
            self._open[name].spoiled_by = line
            raise Invalid(f"the conversation {name!r} has begun before", code="begun_before")
        self._open[name] = _Open(line, data)
        self._size += _OWN_SIZE
        return self._open[name]

    def _found(self, name: str) -> _Open:
        """Return an open conversation and put it last: the first is quiet for longest."""
        found = self._open.pop(name, None)
        if found is None:
            raise Invalid(f"no start_conversation of {name!r} came before", code="not_begun")
        self._open[name] = found
        return found

    def _grow(self, found: _Open, size: int) -> None:
        found.size += size
        self._size += size

    def _apply(self, found: _Open, type_: str, data: Json) -> None:
        if type_ == _START:
            told = FieldReader(data).items("messages")
            for place, message in enumerate(one for one in told if isinstance(one, dict)):
                self._add(found, {"id": f"start.{place}", **message})
        elif type_ == _ADD:
            self._add(found, data)
        elif type_ == _UPDATE:
            self._update(found, data)
        else:
            found.end = data

    def _update(self, found: _Open, data: Json) -> None:
        message = found.messages.get(_name_of(data))
        if message is None:
            raise Invalid("expected a message that was added before", code="not_added")
        message |= {name: one for name, one in data.items() if one not in ("", None)}

    def _add(self, found: _Open, data: Json) -> None:
        read_message(data, ("role", "content"))
        name = _name_of(data) or f"line.{len(found.messages)}"
        if name in found.messages:
            raise Invalid(f"the message {name!r} was added before", code="added_before")
        found.messages[name] = dict(data)

    def _end(self, name: str) -> Told | Refusal:
        found = self._open.pop(name)
        self._size -= found.size + _OWN_SIZE
        try:
            return _told(found)
        except Invalid as error:
            return Refusal(found.line, error)

    def _make_room(self) -> Iterator[Refusal]:
        while self._size > self._most:
            found = self._open.pop(next(iter(self._open)))
            self._size -= found.size + _OWN_SIZE
            yield Refusal(
                found.line,
                Invalid(
                    "too many conversations are open at once: keep the events of each together",
                    code="too_much_open",
                ),
            )


def _told(found: _Open) -> Told:
    if found.spoiled_by:
        message = f"line {found.spoiled_by} of the conversation was refused"
        raise Invalid(message, code="line_refused")
    messages = tuple(_message(data) for data in found.messages.values())
    model = found.start.get("model")
    inner = model if isinstance(model, dict) else {"id": model}
    fields = {name: one for name, one in found.start.items() if name not in {"model", "messages"}}
    fields |= {"model_id": inner.get("id"), "metadata": inner.get("metadata")}
    ending = {"status": found.end.get("status"), "ended_at": found.end.get("timestamp")}
    reader = FieldReader({**fields, **{name: one for name, one in ending.items() if one}})
    conversation = conversation_of(reader, messages)
    reader.check()
    return Told(found.line, conversation, found.digest.digest())


def _message(data: Json) -> Message:
    message = read_message(data, ("role", "content"))
    if message.role != ASSISTANT:
        return message
    rating, comment = str(data.get("rating")), data.get("feedback")
    has_comment = isinstance(comment, str) and 0 < len(comment.strip()) <= _LONGEST_COMMENT
    return replace(
        message,
        rating=rating if rating in _RATINGS else None,
        comment=str(comment) if has_comment else None,
    )


def _conversation_id(type_: str, data: Json) -> str:
    name = data.get("conversation_id" if type_ in {_ADD, _UPDATE} else "id")
    if not isinstance(name, str) or not name:
        raise Invalid("expected the id of a conversation", code="no_conversation_id")
    return name


def _name_of(data: Json) -> str:
    return str(data.get("id") or "")
