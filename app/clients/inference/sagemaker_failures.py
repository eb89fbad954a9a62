"""Which failure it is that an error of SageMaker, S3 or boto3 itself stands for.

Errors of InvokeEndpoint and its stream, by their codes:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.eventstream import ParserError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    MetadataRetrievalError,
)

from app.clients.http_answer import RemoteError
from app.clients.inference.base import FailureCode, InferenceError
from app.clients.inference.failures import UnknownEndpoint, failure_of
from app.domain.storable import storable

# How long a model that is not ready, or has too much to do, is best left alone.
_RETRY_SECONDS = 5.0
_LONGEST_RAW = 65_536
_CODES: Mapping[str, FailureCode] = {
    "ModelNotReadyException": "model_not_ready",
    "Throttling": "model_not_ready",
    "ThrottlingException": "model_not_ready",
    "ThrottledException": "model_not_ready",
    "TooManyRequestsException": "model_not_ready",
    "RequestLimitExceeded": "model_not_ready",
    "SlowDown": "model_not_ready",
    "ServiceUnavailable": "model_unavailable",
    "ServiceUnavailableException": "model_unavailable",
    "InternalDependencyException": "model_unavailable",
    "RequestTimeout": "model_timeout",
}
_STATUSES: Mapping[int, FailureCode] = {
    408: "model_timeout",
    429: "model_not_ready",
    502: "model_unavailable",
    503: "model_unavailable",
    504: "model_timeout",
}
# Their words name our account, role and key.
_NO_ENTRY = re.compile(
    r"AccessDenied|AccessKey|Credential|ExpiredToken|InvalidToken|Signature|Unrecognized"
    r"|Authentication|NotAuthorized|TimeTooSkewed|InvalidClientTokenId"
)
DENIED = re.compile(r"AccessDenied|^403$")
_REFUSED = frozenset({"ValidationError", "ValidationException"})
_UNKNOWN = re.compile(
    r"(endpoint|variant|inference component)\b.*\b(not found|not exist)"
    r"|could not find (endpoint|variant|inference component)",
    re.IGNORECASE | re.DOTALL,
)
# A component that was scaled to nothing, and is scaled up because somebody asks.
_NO_CAPACITY = re.compile(r"no capacity", re.IGNORECASE)
_LATE = re.compile(r"timed out|time ?-?out|ModelInvocationTimeExceeded", re.IGNORECASE)


@contextmanager
def told(endpoint_name: str | None) -> Iterator[None]:
    """Make every failure in the block an InferenceError."""
    try:
        yield
    except RemoteError as error:
        raise failure_of(error, endpoint_name) from error
    except ClientError as error:
        raise failure_of_error(error, endpoint_name) from error
    except ParserError as error:
        message = "the stream is none of SageMaker's"
        raise InferenceError("model_failed", message, endpoint_name) from error
    except (BotoCoreError, ValueError, OSError) as error:
        raise _failure_of_ours(error, endpoint_name) from error


def code_of(error: ClientError) -> str:
    """Return the code of an error, in its sender's words."""
    return str(error.response.get("Error", {}).get("Code") or "")


def failure_of_error(error: ClientError, endpoint_name: str | None) -> InferenceError:
    """Return the failure that an error of AWS is; its words are in ``raw`` alone."""
    code, words = code_of(error), str(error.response.get("Error", {}).get("Message") or "")
    if _NO_ENTRY.search(code):
        message = "AWS refused our credentials, or what they were used for"
        return InferenceError("model_failed", message, endpoint_name)
    raw = storable(f"{code}: {words}")[:_LONGEST_RAW]
    if code == "ModelError":
        return _failure_of_container(error.response, endpoint_name, raw)
    if code in _REFUSED and _UNKNOWN.search(words):
        message = "SageMaker has no such endpoint in service"
        return UnknownEndpoint("model_not_served", message, endpoint_name, raw)
    is_cold = code in _REFUSED and _NO_CAPACITY.search(words)
    found = "model_not_ready" if is_cold else _CODES.get(code) or _by_status(error)
    if code == "ModelStreamError" and _LATE.search(words):
        found = "model_timeout"
    return _failure(found, f"AWS answered with {code or 'an error'}", endpoint_name, raw)


def failure_of_words(words: str, endpoint_name: str | None) -> InferenceError:
    """Return the failure that an asynchronous call has left in words."""
    raw = storable(words)[:_LONGEST_RAW]
    code: FailureCode = "model_timeout" if _LATE.search(words) else "model_failed"
    return InferenceError(code, "the model failed in the background", endpoint_name, raw)


def _failure_of_container(
    said: Mapping[str, Any], endpoint_name: str | None, raw: str
) -> InferenceError:
    """Return the failure of a container; SageMaker's own limit on it has status 0 or 5xx."""
    status, words = said.get("OriginalStatusCode") or 0, str(said.get("OriginalMessage") or "")
    code = _STATUSES.get(status, "model_failed")
    if _LATE.search(words or raw) and (status == 0 or status >= 500):
        code = "model_timeout"
    raw = storable(words)[:_LONGEST_RAW] or raw
    message = f"the model's container answered with HTTP {status}"
    return _failure(code, message, endpoint_name, raw)


def _by_status(error: ClientError) -> FailureCode:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return _STATUSES.get(status, "model_failed")


def _failure(
    code: FailureCode, message: str, endpoint_name: str | None, raw: str
) -> InferenceError:
    is_passing = code == "model_not_ready"
    after = _RETRY_SECONDS if is_passing else None
    message = "the model is not ready, or has too much to do" if is_passing else message
    return InferenceError(code, message, endpoint_name, raw, retry_after=after)


def _failure_of_ours(error: Exception, endpoint_name: str | None) -> InferenceError:
    """Return the failure that happened on this side: no credentials, no region."""
    if isinstance(error, CredentialRetrievalError | MetadataRetrievalError):
        message = "whoever has the AWS credentials did not give them"
        return InferenceError("model_unavailable", message, endpoint_name)
    message = f"AWS cannot be asked: {type(error).__name__}"
    return InferenceError("model_failed", message, endpoint_name)
