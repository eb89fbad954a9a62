"""What each event of a stream is: OpenAPI 3.0 has no words for it, but Schemathesis has."""

from typing import Any

_SCHEMAS = "#/components/schemas/"


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _words(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _json(data: dict[str, Any]) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": data}


def _event(name: str, data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the schema of an event ``name`` with this ``data``."""
    return _object(event=_words(name), data=_json(data), **fields)


_ID = {"type": "string", "format": "uuid"}
# How far a listener has come goes with every event after a token, too.
_LAST = {"type": "string", "pattern": "^[0-9]{1,7}$"}
_PROMPT = {
    "prompt_id": _ID,
    "response_id": _ID,
    "prompt": {"$ref": f"{_SCHEMAS}PromptOut"},
    "response": {"$ref": f"{_SCHEMAS}ResponseOut"},
}
_TOKEN = _object(index={"type": "integer", "minimum": 0}, text={"type": "string"})


def _with_last(name: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    return [_event(name, data), _event(name, data, id=_LAST)]


_DELTA = {
    "type": "object",
    "properties": {"role": _words("assistant"), "content": {"type": "string"}},
}
_CHOICE = _object(
    index={"type": "integer", "enum": [0]},
    delta=_DELTA,
    logprobs={"nullable": True, "type": "object"},
    finish_reason={"nullable": True, "type": "string"},
)
_CHUNK = {
    **_object(
        id={"type": "string", "pattern": "^chatcmpl-"},
        object=_words("chat.completion.chunk"),
        created={"type": "integer"},
        model={"type": "string"},
        interaction_id=_ID,
        choices={"type": "array", "items": _CHOICE},
    ),
    "additionalProperties": True,
}
_ANSWER = {
    "anyOf": [
        _event("prompt", _object(**_PROMPT)),
        _event("token", _TOKEN, id=_LAST),
        *_with_last("response", {"$ref": f"{_SCHEMAS}ResponseOut"}),
        *_with_last("error", {"$ref": f"{_SCHEMAS}Problem"}),
    ]
}
_COMPLETION = {
    "anyOf": [
        _event("message", _CHUNK),
        _event("message", {"$ref": f"{_SCHEMAS}OpenAIError"}),
        _object(event=_words("message"), data=_words("[DONE]")),
    ]
}


def event_of(path: str) -> dict[str, Any]:
    """Return the schema of each event that ``path`` answers with."""
    return _COMPLETION if path.startswith("/v1/") else _ANSWER
