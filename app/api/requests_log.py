"""One log line and one measurement a request, and its id everywhere."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

_log = structlog.get_logger("request")
_SAFE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_QUIET = frozenset({"operations.health", "operations.ready", "operations.metrics"})

_seconds = Histogram(
    "http_request_duration_seconds",
    "Time to answer a request.",
    ("method", "route", "status"),
    buckets=_BUCKETS,
)
_failures = Counter("http_request_exceptions_total", "Requests that ended in a fault of ours.")


def register(app: Flask) -> None:
    """Time, count and log every request."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _SAFE_ID.fullmatch(given) else str(uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    # The template, not the path: a path per id would make a series per id.
    route = request.url_rule.rule if request.url_rule else "unmatched"
    _seconds.labels(_method(), route, response.status_code).observe(seconds)
    if response.status_code >= 500:
        _failures.inc()
    if request.endpoint not in _QUIET:
        _log.info("request", **_line(route, response, seconds))
    return response


def _line(route: str, response: Response, seconds: float) -> dict[str, Any]:
    return {
        "method": _method(),
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }


def _method() -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return request.method if request.method in known else "other"
