"""Asynchronous endpoints of SageMaker: the question goes to S3, the answer comes there.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
"""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from app.clients.aws import Aws, AwsAnswer
from app.clients.http_answer import RemoteError
from app.clients.inference.base import InferenceError
from app.clients.inference.patience import waits
from app.clients.inference.sagemaker_failures import (
    DENIED,
    code_of,
    failure_of_words,
    told,
)
from app.clients.inference.sagemaker_settings import SageMakerSettings
from app.domain.deadline import Deadline
from app.utils.ids import new_id

_log = structlog.get_logger(__name__)
RUNTIME = "sagemaker-runtime"
_LOCATION = re.compile(r"s3://([^/]+)/(.+)", re.DOTALL)
_ABSENT = frozenset({"NoSuchKey", "404"})
_PASSING = frozenset({"model_unavailable", "model_timeout", "model_not_ready"})
_PASSING_ERRORS = frozenset({"InternalError", "500"})
# What the API takes.
_SECONDS_TO_RUN, _SECONDS_TO_QUEUE = (1, 3600), (60, 21_600)
_TIDY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """An object in S3."""

    bucket: str
    key: str

    @property
    def named(self) -> dict[str, str]:
        """The object in the words of the API."""
        return {"Bucket": self.bucket, "Key": self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A call that is carried out in the background, and where its answer will be."""

    question: Place
    answer: Place
    failure: Place | None
    started: float


class AsyncCalls:
    """Asks one asynchronous endpoint."""

    def __init__(self, aws: Aws, settings: SageMakerSettings) -> None:
        self._aws = aws
        self._settings = settings
        self._name = settings.endpoint_name

    def begin(self, body: bytes, arguments: Mapping[str, Any], deadline: Deadline) -> Run:
        """Put the question and have it answered; raises InferenceError."""
        settings = self._settings
        key = f"{settings.async_prefix}{new_id()}.json"
        question = Place(settings.async_bucket or "", key)
        started = time.monotonic()
        with told(self._name):
            put = {**question.named, "Body": body, "ContentType": arguments["ContentType"]}
            self._aws.call("s3", "put_object", put, deadline=deadline).http.close()
            try:
                said = self._invoke(question, arguments, deadline)
            except Exception:
                self._tidy(question, deadline=deadline)
                raise
        answer, failure = _place(said.get("OutputLocation")), _place(said.get("FailureLocation"))
        if answer is None:
            message = "SageMaker did not say where the answer will be"
            raise InferenceError("model_failed", message, self._name)
        return Run(question=question, answer=answer, failure=failure, started=started)

    def wait(self, run: Run, deadline: Deadline) -> bytes:
        """Return the answer once it is there; raises InferenceError.

        Looking does no harm, so a look that fails is followed by others. Who may not list
        a bucket is denied what is not there yet, which only the end can tell from a denial.
        """
        times, last = waits(0.1, longest=2.0), None
        while True:
            found = self._found(run.answer, deadline)
            if isinstance(found, bytes):
                self._tidy(run.question, run.answer, deadline=deadline)
                return found
            self._check_failure(run, deadline)
            if found is None or found.code != "model_timeout":
                last = found
            if (seconds := next(times)) >= deadline.remaining():
                message = "the answer did not come in time"
                raise last or InferenceError("model_timeout", message, self._name)
            time.sleep(seconds)

    def _check_failure(self, run: Run, deadline: Deadline) -> None:
        """Raise InferenceError where the call has failed."""
        words = self._found(run.failure, deadline) if run.failure else None
        if run.failure and isinstance(words, bytes):
            self._tidy(run.question, run.failure, deadline=deadline)
            raise failure_of_words(words.decode("utf-8", "replace"), self._name)

    def _invoke(
        self, question: Place, arguments: Mapping[str, Any], deadline: Deadline
    ) -> Mapping[str, Any]:
        # What nobody waits for any more need not be run.
        asked = {
            **arguments,
            "InputLocation": f"s3://{question.bucket}/{question.key}",
            "InvocationTimeoutSeconds": _within(deadline, _SECONDS_TO_RUN),
            "RequestTTLSeconds": _within(deadline, _SECONDS_TO_QUEUE),
        }
        with self._aws.call(RUNTIME, "invoke_endpoint_async", asked, deadline=deadline) as answer:
            return answer.said

    def _found(self, place: Place, deadline: Deadline) -> bytes | InferenceError | None:
        """Return what is there, None for nothing yet, or a failure that may pass."""
        try:
            with told(self._name), self._looked(place, deadline) as answer:
                return answer.body()
        except InferenceError as failure:
            cause = failure.__cause__
            code = code_of(cause) if isinstance(cause, ClientError) else ""
            if code in _ABSENT:
                return None
            if failure.code in _PASSING or code in _PASSING_ERRORS or DENIED.search(code):
                return failure
            raise

    def _looked(self, place: Place, deadline: Deadline) -> AwsAnswer:
        return self._aws.call("s3", "get_object", place.named, deadline=deadline)

    def _tidy(self, *places: Place, deadline: Deadline) -> None:
        """Remove what was said from where nobody looks after it; it may not be ours to do."""
        limit = Deadline.after(min(_TIDY_SECONDS, deadline.remaining()))
        for place in places:
            try:
                self._aws.call("s3", "delete_object", place.named, deadline=limit).http.close()
            except (ClientError, BotoCoreError, RemoteError) as error:
                _log.warning("sagemaker.left_behind", error=type(error).__name__)


def _within(deadline: Deadline, limits: tuple[int, int]) -> int:
    least, most = limits
    return max(least, min(most, math.ceil(deadline.remaining())))


def _place(location: str | None) -> Place | None:
    found = _LOCATION.fullmatch(location or "")
    return Place(found[1], found[2]) if found else None
