"""What JSON may hold: bounds of depth and number, no NUL, no keys that reach inside."""

from collections.abc import Iterator
from typing import Any

from app.errors import Invalid, Malformed

# These names reach into objects of JavaScript clients; free-form keys must not be them.
_REFUSED_KEYS = frozenset({"__proto__", "constructor", "prototype"})
# Names and NUL can hide behind escapes, so any escaped character calls for a look.
_SUSPICIOUS = (b"\\u", b"__proto__", b"constructor", b"prototype")
_DEEPEST = 64
_MOST_VALUES = 100_000


def check_json(raw: bytes, value: Any) -> None:
    """Refuse what ``value``, which was read from ``raw``, must not hold.

    Raises Malformed (too deep, too many values) and Invalid (NUL, a key that is not allowed).
    """
    if _needs_a_look(raw):
        _walk(value)


def _needs_a_look(raw: bytes) -> bool:
    """Say whether a walk could find something; it costs more than the parse."""
    is_deep = raw.count(b"[") + raw.count(b"{") > _DEEPEST
    is_wide = raw.count(b",") >= _MOST_VALUES
    return is_deep or is_wide or any(part in raw for part in _SUSPICIOUS)


def _walk(body: Any) -> None:
    """Look at every value, without recursion: a body must not decide how deep we call."""
    todo: list[tuple[Any, str, int]] = [(body, "", 1)]
    room = _MOST_VALUES
    while todo:
        value, path, depth = todo.pop()
        if isinstance(value, str):
            _check_text(value, path)
        if not isinstance(value, dict | list):
            continue
        room -= len(value)
        if room < 0:
            raise Malformed(f"the JSON holds more than {_MOST_VALUES} values")
        if depth > _DEEPEST:
            raise Malformed(f"the JSON is nested more than {_DEEPEST} levels deep")
        todo += _children(value, path, depth + 1)


def _children(
    value: dict[str, Any] | list[Any], path: str, depth: int
) -> Iterator[tuple[Any, str, int]]:
    if isinstance(value, dict):
        _check_keys(value, path)
    named = value.items() if isinstance(value, dict) else enumerate(value)
    start = f"{path}." if path else ""
    return ((item, f"{start}{name}", depth) for name, item in named)


def _check_text(value: str, path: str) -> None:
    if "\x00" in value:
        raise Invalid("a text holds a NUL character", errors={path: ["NUL is not allowed"]})


def _check_keys(value: dict[str, Any], path: str) -> None:
    for key in value:
        if "\x00" in key:
            raise _refused_key(path, "a key holds a NUL character", "NUL in a key")
        if key in _REFUSED_KEYS:
            raise _refused_key(path, "a key is not allowed", f"{key!r} as a key")


def _refused_key(path: str, message: str, fault: str) -> Invalid:
    return Invalid(message, errors={path or "_schema": [fault]})
