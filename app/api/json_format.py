"""JSON in and out through orjson, strict at the door."""

from collections.abc import Iterator
from typing import Any, NoReturn

import orjson
from flask import Flask, Request, Response
from flask.json.provider import JSONProvider
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from app.errors import Invalid, Malformed

_JSON_TYPES = ("application/json",)
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
# These names reach into objects of JavaScript clients; free-form keys must not be them.
_REFUSED_KEYS = frozenset({"__proto__", "constructor", "prototype"})
# Names and NUL can hide behind escapes, so any escaped character calls for a look.
_SUSPICIOUS = (b"\\u", b"__proto__", b"constructor", b"prototype")
_DEEPEST = 64
_MOST_VALUES = 100_000


class OrjsonProvider(JSONProvider):
    """Flask's JSON through orjson: strict, and several times faster."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return ``obj`` as JSON text."""
        return orjson.dumps(obj, option=_OPTIONS).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return the value that ``s`` holds."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a JSON response."""
        # The last newline is for the person at a terminal.
        option = _OPTIONS | orjson.OPT_APPEND_NEWLINE
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), option=option)
        return Response(body, mimetype="application/json")


class StrictParser(FlaskParser):
    """Reads JSON bodies and queries; nothing unknown, malformed or unprintable gets in."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012  # The library's own form of setting it.
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": RAISE,
        "query": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the parsed body, which is a JSON object."""
        del schema
        return read_object(req)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query, in which no name stands twice: readers would differ on it."""
        twice = [name for name, values in req.args.lists() if len(values) > 1]
        if twice:
            faults = {name: ["expected it once"] for name in twice}
            raise Invalid("the query names something twice", errors=faults)
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Raise what schemas found as one error of ours."""
        del req, schema, error_status_code, error_headers
        messages = error.messages
        found = messages if isinstance(messages, dict) else {"_schema": messages}
        raise Invalid("the request does not fit its schema", errors=_by_field(found)) from error


def _by_field(messages: dict[str, Any]) -> dict[str, Any]:
    """Return the messages without webargs's outer level: the place (json, query)."""
    fields: dict[str, Any] = {}
    for place, found in messages.items():
        if place in {"json", "query"} and isinstance(found, dict):
            fields |= found
        else:
            fields[place] = found
    return fields


def read_object(req: Request) -> dict[str, Any]:
    """Return the request's body.

    Raises UnsupportedMediaType, Malformed (no JSON, no object, too deep) and Invalid (NUL).
    """
    if req.mimetype not in _JSON_TYPES:
        raise UnsupportedMediaType("expected Content-Type: application/json")
    raw = req.get_data(cache=True)
    if not raw.strip():
        raise Malformed("expected a JSON body, found none")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise Malformed(f"expected a JSON object, found {type(body).__name__}")
    if _needs_a_look(raw):
        _check(body)
    return body


def _needs_a_look(raw: bytes) -> bool:
    """Say whether a walk could find something; it costs more than the parse."""
    is_deep = raw.count(b"[") + raw.count(b"{") > _DEEPEST
    is_wide = raw.count(b",") >= _MOST_VALUES
    return is_deep or is_wide or any(part in raw for part in _SUSPICIOUS)


def _check(body: dict[str, Any]) -> None:
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
            raise Malformed(f"the body holds more than {_MOST_VALUES} values")
        if depth > _DEEPEST:
            raise Malformed(f"the body is nested more than {_DEEPEST} levels deep")
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


def register(app: Flask) -> None:
    """Make orjson the application's JSON."""
    app.json = OrjsonProvider(app)
