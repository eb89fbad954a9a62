"""JSON in and out through orjson, strict at the door."""

from typing import Any, NoReturn

import orjson
from flask import Flask, Request, Response
from flask.json.provider import JSONProvider
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from app.domain.json_bounds import check_json
from app.errors import Invalid, Malformed

_JSON_TYPES = ("application/json",)
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


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
        """Return the parsed body, which is a JSON object; where it may be absent, an empty one."""
        if may_be_absent(schema) and not req.get_data(cache=True):
            return {}
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


def may_be_absent(schema: Any) -> bool:
    """Say whether no body at all is taken for an empty object."""
    return bool(getattr(schema, "MAY_BE_ABSENT", False))


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
    check_json(raw, body)
    return body


def register(app: Flask) -> None:
    """Make orjson the application's JSON."""
    app.json = OrjsonProvider(app)
