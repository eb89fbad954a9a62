"""An assistant's message put together from the deltas of a stream, the OpenAI way."""

from collections.abc import Mapping
from typing import Any

from app.domain.storable import storable_json

Json = dict[str, Any]

# Named anew by every delta that has them, while other texts go on where they were.
_WHOLE = frozenset({"role", "type", "id", "index"})
_USUAL = frozenset({"role", "content"})
# Deeper than any schema of a tool, and far from what Python can follow.
_DEEPEST = 64


def add_delta(message: Json, delta: Mapping[str, Any]) -> None:
    """Add ``delta`` to ``message``: texts grow, lists grow by the ``index`` of their items."""
    for name, value in delta.items():
        known = message.get(name)
        if value is None or known is None:
            message[name] = known if value is None else _first(value)
        elif isinstance(value, str) and isinstance(known, str) and name not in _WHOLE:
            message[name] = known + value
        elif isinstance(value, dict) and isinstance(known, dict):
            add_delta(known, value)
        elif isinstance(value, list) and isinstance(known, list):
            _add_items(known, value)
        else:
            message[name] = value


def kept_message(message: Any) -> Json | None:
    """Return a message that says more than a text, as calls of tools do, else None."""
    if not isinstance(message, dict) or is_deep(message):
        return None
    more = {name for name, value in message.items() if value and name not in _USUAL}
    kept: Json = storable_json(message)
    return kept if more else None


def is_deep(value: Any, levels: int = _DEEPEST) -> bool:
    """Say whether ``value`` is nested more than ``levels`` deep."""
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return not levels or any(is_deep(item, levels - 1) for item in items)


def _first(value: Any) -> Any:
    if isinstance(value, dict):
        own: Json = {}
        add_delta(own, value)
        return own
    if isinstance(value, list):
        items: list[Any] = []
        _add_items(items, value)
        return items
    return value


def _add_items(known: list[Any], items: list[Any]) -> None:
    for item in items:
        same = _same(known, item)
        if same is None:
            known.append(_first(item))
        else:
            add_delta(same, item)


def _same(known: list[Any], item: Any) -> Json | None:
    """Return the item begun before that ``item`` goes on with."""
    index = item.get("index") if isinstance(item, dict) else None
    if index is None:
        return None
    return next((one for one in known if isinstance(one, dict) and one.get("index") == index), None)
