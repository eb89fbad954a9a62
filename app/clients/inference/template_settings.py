"""What a route says of the chat template of its model: a name, or the model's own in Jinja."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.clients.inference.jinja_template import JinjaTemplate
from app.domain.chat_templates import TEMPLATES, ChatTemplate
from app.errors import Invalid
from app.utils.canonical_json import canonical_bytes

_LONGEST_TOKEN = 64
_MOST_STOPS = 8
_FIELDS = frozenset({"jinja", "bos_token", "eos_token", "stops"})


def template_fault(value: Any) -> str | None:
    """Return what is wrong with a template, or None.

    It is one of our names or ``{jinja, bos_token?, eos_token?, stops?}``.
    """
    if isinstance(value, str):
        return None if value in TEMPLATES else f"must be one of {', '.join(TEMPLATES)}"
    if not isinstance(value, dict) or not isinstance(value.get("jinja"), str):
        return "must be a template's name, or an object with jinja"
    unknown = value.keys() - _FIELDS
    if unknown:
        return f"has unknown fields: {', '.join(sorted(unknown))}"
    if not all(map(_is_token, (*_tokens(value).values(), *_stops(value)))):
        return f"has tokens or stops that are no texts of at most {_LONGEST_TOKEN} characters"
    try:
        template_of(value)
    except Invalid as error:
        return error.message
    return None


def template_of(value: str | Mapping[str, Any]) -> ChatTemplate:
    """Return the template that has no fault; raises Invalid for Jinja that cannot be read."""
    if isinstance(value, str):
        return TEMPLATES[value]
    return JinjaTemplate(value["jinja"], stops=tuple(_stops(value)), **_tokens(value))


def _tokens(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("bos_token", "eos_token") if name in value}


def _stops(value: Mapping[str, Any]) -> list[Any]:
    stops = value.get("stops", [])
    return stops if isinstance(stops, list) and len(stops) <= _MOST_STOPS else [None]


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TOKEN


def template_name(value: str | Mapping[str, Any]) -> str:
    """Return what a template is called on record: our name, or the digest of its Jinja."""
    if isinstance(value, str):
        return value
    return "jinja:" + hashlib.sha256(canonical_bytes(dict(value))).hexdigest()[:16]
