"""Endpoints of SageMaker, asked directly: at once, for a stream, or in the background."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from app.clients.aws import Aws, AwsAnswer
from app.clients.inference.base import Completion, InferenceError, InferenceRequest, Pieces
from app.clients.inference.patience import patiently
from app.clients.inference.pieces import Source, in_one_piece
from app.clients.inference.sagemaker_async import RUNTIME, AsyncCalls
from app.clients.inference.sagemaker_failures import told
from app.clients.inference.sagemaker_health import is_in_service
from app.clients.inference.sagemaker_replies import read_stream, variant_of, whole_reply
from app.clients.inference.sagemaker_settings import JSON, LIST_TEXT, SageMakerSettings
from app.domain.container_body import Asked, ContextMissing, streaming
from app.domain.deadline import Deadline

PROVIDER = "sagemaker"
_HEALTH_SECONDS = 5.0
# What the older models of JumpStart answer in full to.
_VERBOSE = "application/json;verbose"


class SageMaker:
    """Asks the model behind one endpoint; safe for threads.

    Endpoints in one place share ``aws``: its credentials, its connections, and what boto3
    has read of its files. Nothing is looked for before the first question.
    """

    def __init__(self, settings: SageMakerSettings, aws: Aws) -> None:
        self._settings = settings
        self._name = settings.endpoint_name
        self._container = settings.as_container()
        self._aws = aws
        self._async = AsyncCalls(aws, settings)

    def complete(self, request: InferenceRequest) -> Completion:
        """Ask in the words of the container and its task."""
        return self._answer(self._asked(request), request.deadline)

    def stream(self, request: InferenceRequest) -> Pieces:
        """Ask for a stream; an endpoint without streams answers in one piece.

        So does who only continues texts, and may play the user: that is read whole.
        """
        asked, deadline = self._asked(request), request.deadline
        if asked.is_script or not self._settings.asks_for_streams:
            return (yield from in_one_piece(self._answer(asked, deadline)))
        body = self._encoded(streaming(asked))
        with self._opened(body, deadline, streams=True) as answer:
            return (yield from read_stream(answer, asked, self._source(answer)))

    def health(self) -> bool:
        """Ask whether the endpoint is in service, briefly."""
        return is_in_service(self._aws, self._name, Deadline.after(_HEALTH_SECONDS))

    def _asked(self, request: InferenceRequest) -> Asked:
        """Return the body: of messages, or of one text where the container has no chat."""
        parameters = request.parameters
        try:
            if request.messages is None:
                return self._container.query(request.content, request.context, parameters)
            return self._container.chat(request.messages, parameters)
        except ContextMissing as error:
            task = self._settings.task
            message = f"{request.model_id} does {task} and needs a context, found none"
            raise InferenceError("model_context_missing", message, self._name) from error

    def _answer(self, asked: Asked, deadline: Deadline) -> Completion:
        body = self._encoded(asked.body)
        if self._settings.async_bucket:
            return self._answer_later(body, asked, deadline)
        with self._opened(body, deadline) as answer:
            with told(self._name):
                read = answer.body()
            return whole_reply(read, asked, self._source(answer))

    def _answer_later(self, body: bytes, asked: Asked, deadline: Deadline) -> Completion:
        begin = partial(self._async.begin, body, self._arguments(), deadline)
        run = patiently(begin, deadline)
        read = self._async.wait(run, deadline)
        source = Source(endpoint_name=self._name, provider=PROVIDER, started=run.started)
        return whole_reply(read, asked, source)

    def _opened(self, body: bytes, deadline: Deadline, *, streams: bool = False) -> AwsAnswer:
        """Return the answer of a model that was ready; raises InferenceError.

        A model that is not ready has seen nothing, so it is asked again while there is
        time. One that was asked is never asked again: it would run twice.
        """
        once = partial(
            self._aws.call,
            RUNTIME,
            "invoke_endpoint_with_response_stream" if streams else "invoke_endpoint",
            {**self._arguments(streams=streams), "Body": body},
            deadline=deadline,
            idle_seconds=self._settings.idle_seconds if streams else None,
        )
        return patiently(partial(self._told, once), deadline)

    def _told(self, call: Callable[[], AwsAnswer]) -> AwsAnswer:
        with told(self._name):
            return call()

    def _arguments(self, *, streams: bool = False) -> dict[str, Any]:
        """Return what every call says beside its body; a stream has a form of its own."""
        settings = self._settings
        arguments = {
            "EndpointName": self._name,
            "ContentType": settings.content_type,
            "Accept": None if streams else JSON if settings.content_type == JSON else _VERBOSE,
            "CustomAttributes": settings.attributes,
            "InferenceComponentName": settings.inference_component,
            "TargetVariant": settings.target_variant,
            "TargetModel": settings.target_model,
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def _encoded(self, body: Mapping[str, Any]) -> bytes:
        encoded, most = _in(self._settings.content_type, body), self._settings.max_body_bytes
        if len(encoded) > most:
            message = f"the endpoint takes at most {most} bytes at a time, found {len(encoded)}"
            raise InferenceError("model_failed", message, self._name)
        return encoded

    def _source(self, answer: AwsAnswer) -> Source:
        return Source(
            endpoint_name=self._name,
            provider=PROVIDER,
            started=answer.started,
            model_version=variant_of(answer),
        )


def _in(content_type: str, body: Mapping[str, Any]) -> bytes:
    """Return a body in the form that a container reads."""
    if content_type == JSON:
        return orjson.dumps(body)
    inputs = body["inputs"]
    if content_type == LIST_TEXT:
        return orjson.dumps([inputs["question"], inputs["context"]])
    text: str = inputs
    return text.encode()
