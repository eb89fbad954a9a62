"""Any server of the OpenAI API: vLLM, Ollama, llama.cpp, TGI, the real OpenAI."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.clients.http import HttpClient
from app.clients.http_answer import HttpReply, HttpStream, RemoteError
from app.clients.inference.answers import read_answer
from app.clients.inference.base import Completion, InferenceError, InferenceRequest, Pieces
from app.clients.inference.failures import failure_of, failure_of_status, raw_of
from app.clients.inference.pieces import EVENTS, Source, whole
from app.domain.deadline import Deadline
from app.domain.generation_parameters import openai_parameters

PROVIDER = "openai"
_HEALTH_SECONDS = 2.0
_REFUSED = frozenset({400, 422})
_NO_ENTRY = frozenset({401, 403})
_NOT_FOUND = 404
_TOO_MANY = 429
_OVERLOADED = frozenset({502, 529})
_NOT_TAKEN = re.compile(
    r"unsupported|not support|unrecogni|unknown|not permitted|forbid|unexpected"
)
_MOST_TRIES = 3
_LONGEST_WAIT = 3600.0
_CHAT = "/chat/completions"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAISettings:
    """What a route says of a server: the model's name there, and our key by its name.

    Without ``model`` it is called there what it is called here.
    """

    model: str | None = None
    key_name: str | None = None
    key: str | None = None
    idle_seconds: float | None = None


class OpenAIServer:
    """Asks models by chat completions; safe for threads."""

    def __init__(self, http: HttpClient, settings: OpenAISettings) -> None:
        self._http = http
        self._settings = settings
        # What the server does not take, and has said so, by the model asked for.
        self._refused: dict[str, frozenset[str]] = {}

    def complete(self, request: InferenceRequest) -> Completion:
        """Ask for the whole answer at once."""
        return whole(self._ask(self._body(request), request.deadline))

    def stream(self, request: InferenceRequest) -> Pieces:
        """Ask for a stream, with its tokens counted where the server counts them."""
        body = self._body(request)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        return (yield from self._ask(body, request.deadline))

    def health(self) -> bool:
        """Ask GET /models, briefly: a server without a list of them answers, too."""
        try:
            reply = self._http.request(
                "GET", "/models", headers=self._headers(), deadline=_HEALTH_SECONDS
            )
        except (RemoteError, InferenceError):
            return False
        return reply.ok or reply.status == _NOT_FOUND

    def _body(self, request: InferenceRequest) -> dict[str, Any]:
        return {
            **openai_parameters(request.parameters),
            "model": self._settings.model or request.model_id,
            "messages": _messages_of(request),
        }

    def _ask(self, body: dict[str, Any], deadline: Deadline) -> Pieces:
        name, streams = body["model"], bool(body.get("stream"))
        tries = _MOST_TRIES
        while True:
            refused = self._refused.get(name, frozenset())
            source = Source(endpoint_name=name, provider=PROVIDER, started=time.monotonic())
            try:
                with self._sent(_adapted(body, refused), deadline, streams=streams) as answer:
                    if answer.ok:
                        return (yield from read_answer(answer, source, streams=streams))
                    reply = self._scrubbed(answer.reply())
            except RemoteError as error:
                raise failure_of(error, name) from error
            # No model was asked yet: the request was refused for how it was put.
            found, tries = _refusals(reply, body) - refused, tries - 1
            if not found or not tries:
                raise self._failure(reply, name)
            self._refused[name] = refused | found

    def _sent(self, body: Mapping[str, Any], deadline: Deadline, *, streams: bool) -> HttpStream:
        return self._http.stream(
            "POST",
            _CHAT,
            json=body,
            headers={**self._headers(), **(EVENTS if streams else {})},
            deadline=deadline.remaining(),
            idle_seconds=self._settings.idle_seconds if streams else None,
        )

    def _headers(self) -> dict[str, str]:
        name, key = self._settings.key_name, self._settings.key
        if name and not key:
            raise InferenceError("model_failed", f"{name} is not set, or is no key")
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _scrubbed(self, reply: HttpReply) -> HttpReply:
        """Return the answer without our key, which a server may quote."""
        key = (self._settings.key or "").encode()
        return replace(reply, body=reply.body.replace(key, b"***")) if key else reply

    def _failure(self, reply: HttpReply, name: str) -> InferenceError:
        if reply.status in _NO_ENTRY:
            # Its words may hold a part of the key.
            return InferenceError("model_failed", "the model side refused our key", name)
        if reply.status == _NOT_FOUND:
            message = f"the model side serves no model {name}"
            return InferenceError("model_not_served", message, name, raw_of(reply))
        failure = failure_of_status(reply, name)
        if reply.status in _OVERLOADED:
            failure.code = "model_unavailable"
        if reply.status == _TOO_MANY:
            failure.retry_after = _seconds(reply.headers.get("Retry-After"))
        return failure


def _messages_of(request: InferenceRequest) -> list[dict[str, Any]]:
    """Return the conversation; a single question is one of one message below its context."""
    if request.messages is not None:
        return [dict(message) for message in request.messages]
    content, context = request.content, request.context
    text = f"{context}\n\n{content}" if context and context.strip() else content
    return [{"role": "user", "content": text}]


# What some servers do not take, and what is sent instead.
_OPTIONS, _LENGTH = "stream_options", "max_tokens"
_NEW_LENGTH = "max_completion_tokens"


def _refusals(reply: HttpReply, body: Mapping[str, Any]) -> frozenset[str]:
    """Return which fields of ours the server says that it does not take."""
    if reply.status not in _REFUSED:
        return frozenset()
    said = reply.body.decode("utf-8", "replace")
    if not _NOT_TAKEN.search(said.lower()):
        return frozenset()
    found = {_OPTIONS} if _OPTIONS in said else set()
    # OpenAI's reasoning models name the field that they take in the place of the old one.
    found |= {_LENGTH} if _LENGTH in said and _NEW_LENGTH in said else set()
    return frozenset(found & body.keys())


def _adapted(body: Mapping[str, Any], refused: frozenset[str]) -> dict[str, Any]:
    adapted = {name: body[name] for name in body if name not in refused}
    if _LENGTH in refused & body.keys():
        adapted[_NEW_LENGTH] = body[_LENGTH]
    return adapted


def _seconds(said: str | None) -> float | None:
    """Return how long to wait by a Retry-After in seconds; dates are nobody's habit here."""
    if said is None or not said.isdecimal():
        return None
    return min(float(said), _LONGEST_WAIT)
