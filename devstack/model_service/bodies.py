"""Reads what callers send: strict about types, clear about what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

ROLES = frozenset({"system", "user", "assistant"})
DEFAULT_NEW_TOKENS = 200
# What the makers of the model recommend, with a penalty against going in circles.
_DEFAULTS = {"temperature": 0.2, "top_p": 0.9, "repeat_penalty": 1.1}
# The names callers use, the engine's name, and the range that makes sense.
_NUMBERS: Mapping[str, tuple[str, float, float]] = {
    "temperature": ("temperature", 0, 5),
    "top_p": ("top_p", 0, 1),
    "top_k": ("top_k", 0, 100_000),
    "repetition_penalty": ("repeat_penalty", 0.01, 10),
    "frequency_penalty": ("frequency_penalty", -2, 2),
    "presence_penalty": ("presence_penalty", -2, 2),
    "seed": ("seed", 0, 2**32 - 1),
}
_WHOLE = frozenset({"top_k", "seed"})
# The first of these that is given decides how long an answer may be.
_LENGTHS = ("max_new_tokens", "max_completion_tokens", "max_tokens", "max_length")


class BodyError(Exception):
    """What is wrong with a body: pairs of a place and a message."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[tuple[str, ...], str]] = []

    def add(self, place: tuple[str, ...], message: str) -> None:
        """Note one more fault."""
        self.faults.append((place, message))

    def raise_any(self) -> None:
        """Raise when anything was found."""
        if self.faults:
            raise self


@dataclass(frozen=True, slots=True)
class Ask:
    """One question for the engine, in the engine's words."""

    messages: list[dict[str, str]]
    options: Json
    stream: bool = False
    include_usage: bool = False
    model: str = ""


def read_query(body: object) -> Ask:
    """Read the body of ``/endpoint/{name}/query``; raises BodyError."""
    faults = BodyError()
    values = _object(body, faults)
    query = _text(values, "query", faults, required=True)
    context = _text(values, "context", faults)
    parameters = values.get("parameters") or {}
    if not isinstance(parameters, dict):
        faults.add(("body", "parameters"), "Input should be a valid dictionary")
        parameters = {}
    options = _options(parameters, ("body", "parameters"), faults)
    faults.raise_any()
    content = f"{context}\n\n{query}" if context else query
    return Ask([{"role": "user", "content": content}], options)


def read_chat(body: object) -> Ask:
    """Read the body of ``/chat/completions``; raises BodyError."""
    faults = BodyError()
    values = _object(body, faults)
    model = _text(values, "model", faults, required=True)
    messages = _messages(values.get("messages"), faults)
    options = _options(values, ("body",), faults)
    stop = values.get("stop")
    if stop is not None:
        options["stop"] = _stop(stop, faults)
    stream = values.get("stream") or False
    if not isinstance(stream, bool):
        faults.add(("body", "stream"), "Input should be a valid boolean")
    faults.raise_any()
    extras = values.get("stream_options")
    usage = isinstance(extras, dict) and extras.get("include_usage") is True
    return Ask(messages, options, bool(stream), usage, model)


def _object(body: object, faults: BodyError) -> Json:
    if not isinstance(body, dict):
        faults.add(("body",), "Input should be a valid dictionary")
        raise faults
    return body


def _text(values: Json, name: str, faults: BodyError, *, required: bool = False) -> str:
    value = values.get(name)
    if value is None and not required:
        return ""
    if value is None:
        faults.add(("body", name), "Field required")
    elif not isinstance(value, str):
        faults.add(("body", name), "Input should be a valid string")
    elif required and not value.strip():
        faults.add(("body", name), "String should have at least 1 character")
    return value if isinstance(value, str) else ""


def _messages(value: object, faults: BodyError) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        faults.add(("body", "messages"), "Input should be a list of at least 1 message")
        return []
    return [_message(item, str(place), faults) for place, item in enumerate(value)]


def _message(item: object, place: str, faults: BodyError) -> dict[str, str]:
    where = ("body", "messages", place)
    if not isinstance(item, dict):
        faults.add(where, "Input should be a valid dictionary")
        return {}
    role, content = item.get("role"), _content(item.get("content"))
    if not isinstance(role, str) or role not in ROLES:
        faults.add((*where, "role"), "Input should be system, user or assistant")
    if content is None:
        faults.add((*where, "content"), "Input should be a valid string")
    return {"role": str(role), "content": content or ""}


def _content(value: object) -> str | None:
    """Return the text of a message, which OpenAI clients may send in parts."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    texts = [part.get("text") for part in value if isinstance(part, dict)]
    if len(texts) != len(value) or not all(isinstance(text, str) for text in texts):
        return None
    return "\n".join(str(text) for text in texts)


def _stop(value: object, faults: BodyError) -> list[str]:
    items = value if isinstance(value, list) else [value]
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) != len(items):
        faults.add(("body", "stop"), "Input should be a string or a list of strings")
    return texts


def _options(values: Json, where: tuple[str, ...], faults: BodyError) -> Json:
    options: Json = dict(_DEFAULTS)
    for name, (engine_name, least, most) in _NUMBERS.items():
        value = values.get(name)
        if value is None:
            continue
        if not _is_number(value, whole=name in _WHOLE) or not least <= value <= most:
            kind = "whole number" if name in _WHOLE else "number"
            message = f"Input should be a {kind} from {least:g} to {most:g}"
            faults.add((*where, name), message)
        options[engine_name] = value
    options["max_tokens"] = _new_tokens(values, where, faults)
    return options


def _new_tokens(values: Json, where: tuple[str, ...], faults: BodyError) -> int:
    for name in _LENGTHS:
        value = values.get(name)
        if value is None:
            continue
        if not _is_number(value, whole=True) or value < 1:
            faults.add((*where, name), "Input should be a whole number of at least 1")
        else:
            return int(value)
    return DEFAULT_NEW_TOKENS


def _is_number(value: object, *, whole: bool) -> bool:
    kinds = (int,) if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool)
