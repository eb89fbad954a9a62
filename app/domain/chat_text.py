"""A conversation as one text, for models that only continue texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.reply_text import content_text

_NAMES = {"user": "User", "assistant": "Assistant"}
_NEXT_TURN = "\nUser:"


def as_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return ``{role, content}`` messages as a text that the assistant continues.

    System messages stand without a name, as instructions do at the top of a script.
    """
    turns = []
    for message in messages:
        name = _NAMES.get(message["role"])
        text = content_text(message.get("content")) or ""
        turns.append(f"{name}: {text}" if name else text)
    return "\n".join([*turns, "Assistant:"])


def first_turn(continuation: str) -> str:
    """Return the assistant's turn alone: some models go on and play the user as well."""
    return continuation.split(_NEXT_TURN, 1)[0].strip()
