"""The HTTP face of the local Model Service."""

import json
import select
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from devstack.model_service.bodies import BodyError, read_chat, read_query
from devstack.model_service.deployment import MODEL_ID, Deployment
from devstack.model_service.engine import Engine, EngineError, collect
from devstack.model_service.naming import lossy_id
from devstack.model_service.streaming import events
from devstack.model_service.variants import Answer, Variant, VariantA, config

_BODY_BYTES = 8_388_608
_NOT_DEPLOYED = "Model not deployed"


class Front:
    """The views: each reads, asks the engine, and answers as the variant does."""

    def __init__(self, engine: Engine, deployment: Deployment, how: Variant) -> None:
        self._engine = engine
        self._deployment = deployment
        self._how = how

    def health(self) -> Answer:
        """GET /health."""
        return self._how.health(), 200

    def endpoints(self) -> Answer:
        """GET /endpoints."""
        return self._how.endpoints(self._deployment, self._engine.status), 200

    def endpoint(self, name: str) -> Answer:
        """GET /endpoint/{name}."""
        if name != self._deployment.endpoint:
            return self._unknown(name)
        return self._how.endpoint(self._deployment, self._engine.status), 200

    def config(self, name: str) -> Answer:
        """GET /config/{name}."""
        if name != self._deployment.endpoint:
            return {"detail": f"No configuration for endpoint {name}"}, 404
        return config(self._deployment), 200

    def validate(self, model_id: str) -> Answer:
        """GET /models/validate/{model_id}; right for simple ids only, as in A."""
        if model_id != lossy_id(self._deployment.endpoint):
            return {"valid": False, "error": f"Model {model_id} is not deployed"}, 200
        return {"valid": True, "endpoint_name": self._deployment.endpoint}, 200

    def query(self, name: str) -> Answer:
        """POST /endpoint/{name}/query."""
        ask = read_query(_body())
        if name != self._deployment.endpoint:
            return self._unknown(name)
        try:
            text, _, _ = collect(self._engine.answer(ask), _watch())
        except EngineError as error:
            return self._how.fault(error.message, error.status)
        return [{"generated_text": text}], 200

    def chat(self) -> Answer | Response:
        """POST /chat/completions."""
        ask = self._how.heard(read_chat(_body()))
        if ask.model != MODEL_ID:
            return {"detail": _NOT_DEPLOYED}, 404
        if not ask.messages:
            return {"detail": "No user message found"}, 400
        try:
            pieces = self._engine.answer(ask)
            if ask.stream:
                stream = events(pieces, include_usage=ask.include_usage)
                return Response(stream, mimetype="text/event-stream")
            return self._how.completion(*collect(pieces, _watch())), 200
        except EngineError as error:
            return {"detail": error.message}, error.status

    def _unknown(self, name: str) -> Answer:
        return self._how.fault(f'Could not find endpoint "{name}".', 404)


def create_front(engine: Engine, deployment: Deployment, how: Variant) -> Flask:
    """Return the service for one model, in front of ``engine``."""
    front = Front(engine, deployment, how)
    service = Flask(__name__, static_folder=None)
    service.json.sort_keys = False  # type: ignore[attr-defined]
    service.config["MAX_CONTENT_LENGTH"] = _BODY_BYTES
    service.register_error_handler(BodyError, _tell_faults)
    service.register_error_handler(HTTPException, _tell_http)
    rules: list[tuple[str, str, Callable[..., Any]]] = [
        ("GET", "/health", front.health),
        ("GET", "/endpoints", front.endpoints),
        ("GET", "/endpoint/<name>", front.endpoint),
        ("POST", "/endpoint/<name>/query", front.query),
        ("POST", "/chat/completions", front.chat),
        ("GET", "/config/<name>", front.config),
    ]
    if isinstance(how, VariantA):
        rules.append(("GET", "/models/validate/<path:model_id>", front.validate))
    for method, rule, view in rules:
        service.add_url_rule(rule, view_func=_as_json(view), methods=[method])
    return service


def _as_json(view: Callable[..., Any]) -> Callable[..., Response]:
    def answer(**parts: str) -> Response:
        found = view(**parts)
        if isinstance(found, Response):
            return found
        body, status = found
        response = jsonify(body)
        response.status_code = status
        return response

    answer.__name__ = view.__name__
    return answer


def _body() -> object:
    """Return the JSON sent, whatever the content type says."""
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        unreadable = BodyError()
        unreadable.add(("body",), "JSON decode error")
        raise unreadable from error


def _watch() -> Callable[[], bool]:
    """Return a question: has this caller hung up?"""
    connection = request.environ.get("werkzeug.socket")
    if not isinstance(connection, socket.socket):
        return lambda: False
    return partial(_hung_up, connection)


def _hung_up(connection: socket.socket) -> bool:
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def _tell_faults(error: BodyError) -> tuple[Response, int]:
    detail = [
        {"loc": list(place), "msg": message, "type": "value_error"}
        for place, message in error.faults
    ]
    return jsonify(detail=detail), 422


def _tell_http(error: HTTPException) -> tuple[Response, int]:
    return jsonify(detail=error.name), error.code or 500
