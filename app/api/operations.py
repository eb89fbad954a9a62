"""Operations: whether the process lives, whether it is ready, and its metrics."""

import hmac
import os
from typing import Any

from flask import Response, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from app.api.blueprint import Blueprint
from app.api.context import config, remotes
from app.api.document_parts import TITLE, VERSION
from app.api.examples.operations import READY
from app.api.schemas.operations import HealthOut, ReadyOut, ServiceOut
from app.db import transaction
from app.errors import Unauthenticated
from app.services import readiness

blueprint = Blueprint("operations", __name__, description="For operators")
_SERVICE = {
    "name": TITLE,
    "version": VERSION,
    "docs": "/docs",
    "openapi": "/openapi.json",
    "health": "/health",
    "ready": "/ready",
}


@blueprint.operation("GET", "/", needs=None)
@blueprint.response(200, ServiceOut, example=_SERVICE)
def show_service() -> Any:
    """Say what this is, and where the rest is said."""
    return _SERVICE


@blueprint.operation("GET", "/health", needs=None)
@blueprint.response(200, HealthOut, example={"status": "healthy"})
def health() -> Any:
    """Say that the process answers; nothing else is asked."""
    return {"status": "healthy"}


@blueprint.operation("GET", "/ready", needs=None)
@blueprint.response(200, ReadyOut, example=READY)
@blueprint.alt_response(503, schema=ReadyOut, description="Requests cannot be served now.")
def ready() -> Any:
    """Say whether requests can be served.

    PostgreSQL and its migrations are required; Redis and the model side are reported only.
    """
    database = readiness.database_state(
        transaction, expected=current_app.extensions["expected_revision"]
    )
    body = {
        "status": "ready" if database.fault is None else "not ready",
        "database": database.fault or "ok",
        "redis": _redis_state(),
        "model_service": "ok" if remotes().inference.health() else "does not answer",
    }
    return body, 200 if database.fault is None else 503


@blueprint.operation("GET", "/metrics", needs=None, errors=(401,))
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """Return the metrics of all processes in Prometheus' text form.

    Where METRICS_TOKEN is set, it is wanted as bearer token.
    """
    token = config().metrics_token
    given = request.headers.get("Authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Unauthenticated("metrics need the METRICS_TOKEN as bearer token")
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _redis_state() -> str:
    if not config().redis_url:
        return "not configured"
    return "ok" if remotes().cache.ping() else "does not answer"
