"""A conversation as one text, for models that only continue texts, in the form they learned.

The text that opens an input (`<s>`, `<|begin_of_text|>`, `<bos>`) is left to the container,
which puts it before every input: twice it would be a different text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.chat_templates import TEMPLATES, ChatTemplate, ChatTurn
from app.domain.control_tokens import neutral
from app.domain.reply_text import content_text

_SYSTEM = frozenset({"system", "developer"})
PLAIN = "plain"


def as_text(messages: Sequence[Mapping[str, Any]], template: str | ChatTemplate = PLAIN) -> str:
    """Return ``{role, content}`` messages as a text that the assistant continues.

    Whatever a person writes stays within the turn it was written in: control tokens of
    models are taken apart. Raises KeyError for a name that no template has.
    """
    return _named(template).render([_turn(message) for message in messages])


def first_turn(continuation: str, template: str | ChatTemplate = PLAIN) -> str:
    """Return the assistant's turn alone: some models go on and play the user as well."""
    ends = [continuation.find(stop) for stop in _named(template).stops]
    end = min((place for place in ends if place >= 0), default=len(continuation))
    return continuation[:end].strip()


def _named(template: str | ChatTemplate) -> ChatTemplate:
    return TEMPLATES[template] if isinstance(template, str) else template


def _turn(message: Mapping[str, Any]) -> ChatTurn:
    role = str(message["role"])
    text = neutral(content_text(message.get("content")) or "")
    return ChatTurn("system" if role in _SYSTEM else role, text)
