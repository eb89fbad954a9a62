"""Exceptions become responses here and nowhere else: problem details after RFC 9457."""

import math
import traceback
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from app import errors
from app.api import nowhere, openai_errors
from app.db import is_passing
from app.utils.nested import by_path

_log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
JSON = "application/json"
_STATUS: dict[type[errors.AppError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.SlowBody: 408,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.OutOfRange: 416,
    errors.Invalid: 422,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.ModelFailed: 502,
    errors.ModelUnavailable: 503,
    errors.Unavailable: 503,
    errors.ModelTimeout: 504,
}
_CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    408: "slow_body",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
_RETRY_SECONDS = 1
_INTERNAL = "something went wrong on our side"
# A body with a million faults must not be answered with a million messages.
_MOST_ERRORS = 100


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    errors_by_field: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
    **data: Any,
) -> Response:
    """Return a problem document, or what stands for it where OpenAI's form is read."""
    body = _body(status, code=code, detail=detail, request_id=g.get("request_id", ""))
    body |= {"errors": errors_by_field} if errors_by_field else {}
    response = _response(body | data)
    response.headers.extend(headers or {})
    return response


def _response(body: dict[str, Any]) -> Response:
    if not openai_errors.is_wanted():
        return Response(orjson.dumps(body), status=body["status"], mimetype=PROBLEM)
    status, _ = openai_errors.translated(body["status"], body["code"])
    response = Response(orjson.dumps(openai_errors.body(body)), status, mimetype=JSON)
    response.headers.extend(openai_errors.headers(body))
    return response


def document(error: Exception, *, request_id: str) -> dict[str, Any]:
    """Return the problem document of an error that comes when the answer is on its way."""
    if isinstance(error, errors.AppError):
        told = {"code": error.reason, "detail": error.message}
        return _body(_status(error), request_id=request_id, **told) | error.data
    if isinstance(error, DBAPIError | PoolTimeoutError) and is_passing(error):
        detail = "the database does not answer at the moment"
        return _body(503, code="unavailable", detail=detail, request_id=request_id)
    _log.error("stream.failed", exc_info=error)
    return _body(500, code="internal", detail=_INTERNAL, request_id=request_id)


def _body(status: int, *, code: str, detail: str, request_id: str) -> dict[str, Any]:
    return {
        "type": f"urn:problem:{code}",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }


def _status(error: errors.AppError) -> int:
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def register(app: Flask) -> None:
    """Register the one table of exceptions."""
    app.register_error_handler(errors.AppError, _of_app_error)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(DBAPIError, _of_database)
    app.register_error_handler(PoolTimeoutError, _of_full_pool)
    app.register_error_handler(Exception, _of_bug)


def _of_app_error(error: errors.AppError) -> Response:
    headers = {}
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = _challenge(error)
    if isinstance(error, errors.Unavailable | errors.TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    fields = error.errors if isinstance(error, errors.Invalid) else {}
    return problem(
        _status(error),
        code=error.reason,
        detail=error.message,
        errors_by_field=by_path(fields, most=_MOST_ERRORS),
        headers=headers,
        **error.data,
    )


def _challenge(error: errors.Unauthenticated) -> str:
    """Return how to prove who is asking; after RFC 6750 it says what is wrong with a token."""
    if not isinstance(error, errors.InvalidToken):
        return "Bearer"
    return f'Bearer error="invalid_token", error_description="{error.message}"'


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # Redirects are exceptions in Werkzeug, not problems.
        return error.get_response()  # type: ignore[return-value]
    code = _CODES.get(status, HTTP_STATUS_CODES.get(status, "error").lower().replace(" ", "_"))
    detail, data = nowhere.described(error) or (error.description or code, {})
    response = problem(status, code=code, detail=detail, **data)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _of_database(error: DBAPIError) -> Response:
    state = getattr(error.orig, "pgcode", None) or ""
    if isinstance(error, DataError) or state.startswith("22"):
        _log.warning("database.refused_value", sqlstate=state)
        return problem(422, code="invalid", detail="a value does not fit where it is stored")
    if isinstance(error, IntegrityError):
        return problem(409, code="conflict", detail="the state of the resource does not allow this")
    if is_passing(error):
        _log.warning("database.unavailable", sqlstate=state, kind=type(error).__name__)
        return _unavailable("the database does not answer at the moment")
    # The driver's message quotes the statement, and with it what people wrote.
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request.failed", sqlstate=state, kind=type(error).__name__, frames=frames)
    return _internal()


def _of_full_pool(_: PoolTimeoutError) -> Response:
    _log.warning("database.pool_exhausted")
    return _unavailable("all database connections are in use")


def _unavailable(detail: str) -> Response:
    return problem(
        503,
        code="unavailable",
        detail=detail,
        headers={"Retry-After": str(_RETRY_SECONDS)},
    )


def _of_bug(error: Exception) -> Response:
    """Say nothing of the inside; the log has the traceback under the request's id."""
    _log.error("request.failed", exc_info=error)
    return _internal()


def _internal() -> Response:
    return problem(500, code="internal", detail=_INTERNAL)
