"""The Model Service over HTTP, in either of the forms it answers in."""

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.clients.cache import Cache
from app.clients.http import HttpClient, path_segment
from app.clients.http_answer import HttpStream, RemoteError
from app.clients.inference.answers import read_answer
from app.clients.inference.base import Completion, InferenceError, InferenceRequest, Pieces
from app.clients.inference.catalogue import ListedModel, models_of
from app.clients.inference.endpoints import (
    Endpoint,
    EndpointDirectory,
    Endpoints,
    FixedEndpoint,
    asking,
)
from app.clients.inference.failures import UnknownEndpoint, failure_of
from app.clients.inference.pieces import EVENTS, Source, in_one_piece, whole
from app.domain.chat_templates import TEMPLATES, ChatTemplate
from app.domain.chat_text import PLAIN, as_text, first_turn
from app.domain.deadline import Deadline
from app.domain.reply_text import content_text

_HEALTH_SECONDS = 2.0
_NEEDS_CONTEXT = frozenset(
    {"question-answering", "table-question-answering", "zero-shot", "zero-shot-classification"}
)
_CHAT = "/chat/completions"
_OURS = frozenset({"stream", "stream_options"})
PROVIDER = "model_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A body for an endpoint's query API, or ``by_chat`` for the chat completion API.

    ``prompt`` is what an answer may repeat at its beginning. Only a chat ``streams``.
    """

    body: Mapping[str, Any]
    prompt: str
    by_chat: bool = False
    streams: bool = False
    has_context: bool = False


class ModelService:
    """Asks models over HTTP; safe for threads.

    ``chat_by_query`` sends a conversation as one text to the query API, and so does a
    ``chat_template``, in the form that the model was taught. Variant A needs it
    for memory to reach a model: its chat uses the last user message alone. A stream that is
    silent for ``idle_seconds`` has broken off. With ``endpoint_name`` that one serves every
    model, whatever it is deployed for. ``scope`` tells the endpoints of several Model
    Services apart in one cache.
    """

    def __init__(
        self,
        http: HttpClient,
        cache: Cache,
        *,
        endpoint_cache_seconds: float,
        chat_by_query: bool = False,
        chat_template: ChatTemplate | None = None,
        idle_seconds: float | None = None,
        endpoint_name: str | None = None,
        scope: str = "",
    ) -> None:
        self.http = http
        self._endpoints: Endpoints = (
            FixedEndpoint(endpoint_name)
            if endpoint_name
            else EndpointDirectory(cache, seconds=endpoint_cache_seconds, scope=scope)
        )
        # Whoever has a template is asked by it.
        self._template = chat_template or (TEMPLATES[PLAIN] if chat_by_query else None)
        self._idle_seconds = idle_seconds

    def complete(self, request: InferenceRequest) -> Completion:
        """Ask by the API that the request is for; see ``_question_of``."""
        question = self._question_of(request)
        return self._read(whole(self._ask(request, question)), request)

    def stream(self, request: InferenceRequest) -> Pieces:
        """Ask the chat completion API for a stream; the query API answers in one piece."""
        if request.messages is None or self._template:
            return (yield from in_one_piece(self.complete(request)))
        question = _chat_question(request, request.messages, streams=True)
        return (yield from self._ask(request, question))

    def models(self, deadline: Deadline) -> list[ListedModel]:
        """Return the models that have an endpoint; raises InferenceError."""
        return models_of(asking(self.http, deadline))

    def health(self) -> bool:
        """Ask GET /health, briefly."""
        try:
            reply = self.http.request("GET", "/health", deadline=_HEALTH_SECONDS)
        except RemoteError:
            return False
        return reply.ok and reply.json_object().get("status") == "healthy"

    def _question_of(self, request: InferenceRequest) -> _Question:
        """Return a question for the query API; for the chat completion API a conversation is,
        unless it goes as one text in the words of a template.
        """
        if request.messages is None:
            return _Question(
                body=_query_body(request.content, request.parameters, request.context),
                prompt=request.content,
                has_context=bool(request.context and request.context.strip()),
            )
        if self._template is None:
            return _chat_question(request, request.messages)
        text = as_text(request.messages, template=self._template)
        return _Question(body=_query_body(text, request.parameters), prompt=text)

    def _read(self, answer: Completion, request: InferenceRequest) -> Completion:
        if request.messages is None or self._template is None:
            return answer
        return replace(answer, text=first_turn(answer.text, template=self._template))

    def _ask(self, request: InferenceRequest, question: _Question) -> Pieces:
        model_id, deadline = request.model_id, request.deadline
        try:
            answer = yield from self._ask_remembered(model_id, question, deadline)
            if answer is None:
                found = self._endpoints.find(model_id, asking(self.http, deadline))
                answer = yield from self._ask_endpoint(found, question, deadline)
        except InferenceError as error:
            if error.code != "model_context_missing":
                self._endpoints.forget(model_id)
            raise
        return answer

    def _ask_remembered(
        self, model_id: str, question: _Question, deadline: Deadline
    ) -> Generator[str, None, Completion | None]:
        """Ask the endpoint found lately; None where there is none, or it is gone."""
        remembered = self._endpoints.remembered(model_id)
        if remembered is None:
            return None
        try:
            return (yield from self._ask_endpoint(remembered, question, deadline))
        except UnknownEndpoint:
            # No model was asked, and it may have been deployed anew.
            self._endpoints.forget(model_id)
            return None

    def _ask_endpoint(self, endpoint: Endpoint, question: _Question, deadline: Deadline) -> Pieces:
        if endpoint.task in _NEEDS_CONTEXT and not question.has_context:
            message = f"a model for {endpoint.task} needs a context, found none"
            raise InferenceError("model_context_missing", message, endpoint.name)
        source = Source(
            endpoint_name=endpoint.name,
            provider=PROVIDER,
            started=time.monotonic(),
            model_version=endpoint.model_version,
        )
        try:
            with self._sent(endpoint, question, deadline) as answer:
                return (
                    yield from read_answer(
                        answer, source, streams=question.streams, prompt=question.prompt
                    )
                )
        except RemoteError as error:
            raise failure_of(error, endpoint.name) from error

    def _sent(self, endpoint: Endpoint, question: _Question, deadline: Deadline) -> HttpStream:
        path = _CHAT if question.by_chat else f"/endpoint/{path_segment(endpoint.name)}/query"
        return self.http.stream(
            "POST",
            path,
            json=question.body,
            headers=EVENTS if question.streams else None,
            deadline=deadline.remaining(),
            idle_seconds=self._idle_seconds if question.streams else None,
        )


def _chat_question(
    request: InferenceRequest, messages: Sequence[Mapping[str, Any]], *, streams: bool = False
) -> _Question:
    listed = [dict(message) for message in messages]
    # Parameters are the caller's; what is asked of whom, and how, is not theirs to say.
    body = {name: value for name, value in request.parameters.items() if name not in _OURS}
    body |= {"model": request.model_id, "messages": listed}
    if streams:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    prompt = content_text(listed[-1].get("content")) or ""
    return _Question(body=body, prompt=prompt, by_chat=True, streams=streams)


def _query_body(
    content: str, parameters: Mapping[str, Any], context: str | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {"query": content}
    body |= {"context": context} if context is not None else {}
    return body | ({"parameters": dict(parameters)} if parameters else {})
