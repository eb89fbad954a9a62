"""Chat completions, the OpenAI way: what was asked in messages, and how an answer is said."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.chat_message import kept_message
from app.domain.reply_text import choice_of, content_text, first_of

Json = dict[str, Any]

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_ASKING = frozenset({"user", "tool", "function"})
_CALLS = ("tool_calls", "function_call")
# Reasons of other servers in OpenAI's words; its own stay as they are.
_REASONS = {
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "cancelled": "stop",
    "max_tokens": "length",
    "max_new_tokens": "length",
}
_OWN_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


def question_in(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of what is asked last: by a person, or by a tool that has answered.

    Parts that are no text, as images, stand in it by their kind.
    """
    asking = [message for message in messages if message.get("role") in _ASKING]
    return _text((asking or messages)[-1].get("content"))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(_part(part) for part in parts)


def _part(part: Mapping[str, Any]) -> str:
    text = part.get("text")
    return text if isinstance(text, str) else f"[{part.get('type')}]"


def message_in(raw: str | None, text: str) -> Json:
    """Return the assistant's message that came in ``raw``, a body, with ``text`` as its words.

    What else the body's message says, such as calls of tools, is in it.
    """
    more = _message(raw)
    if more is None:
        return {"role": "assistant", "content": text}
    content = None if content_text(more.get("content")) is None else text
    return {**more, "role": "assistant", "content": content}


def _message(raw: str | None) -> Json | None:
    try:
        body = json.loads(raw or "null")
    except (ValueError, RecursionError):
        return None
    return kept_message(choice_of(first_of(body)).get("message"))


def finish_reason(said: str | None, message: Mapping[str, Any]) -> str:
    """Return why the answer ended, in OpenAI's words."""
    if said in _OWN_REASONS:
        return said
    calls = next((name for name in _CALLS if message.get(name)), None)
    if calls:
        return calls
    return _REASONS.get(said or "", "stop")


def usage(counts: Sequence[tuple[int | None, int | None]]) -> dict[str, int] | None:
    """Return the tokens asked and answered in all, None where nobody counted any."""
    if all(number is None for pair in counts for number in pair):
        return None
    prompted, completed = (sum(pair[side] or 0 for pair in counts) for side in (0, 1))
    return {
        "prompt_tokens": prompted,
        "completion_tokens": completed,
        "total_tokens": prompted + completed,
    }


def delta_of(message: Mapping[str, Any]) -> Json:
    """Return what a streamed message says beside its words, for one delta at its end."""
    more = {name: value for name, value in message.items() if value is not None}
    more = {name: more[name] for name in more if name not in {"role", "content"}}
    calls = more.get("tool_calls")
    if isinstance(calls, list):
        more["tool_calls"] = [_numbered(call, place) for place, call in enumerate(calls)]
    return more


def _numbered(call: Any, place: int) -> Any:
    return {"index": place, **call} if isinstance(call, dict) else call
