"""Errors under /v1 in OpenAI's form, with the statuses that its official clients know."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

ROOT = "/v1"
# They raise BadRequestError for a 400, and programs look for that one where a field is wrong.
_STATUSES = {422: 400}
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_REFUSED, _FAULT = "invalid_request_error", "server_error"
# Words of OpenAI's that programs look for.
_CODES = {"model_not_served": (404, "model_not_found")}
_IDS = {"X-Interaction-ID": "interaction_id", "X-Response-ID": "response_id"}
# Official clients try again after 408, 409, 429 and 5xx unless told not to. The state of a
# conversation does not pass, and a generation that was slow or went wrong is not run twice.
_NOT_AGAIN = frozenset({409, 502, 504})
_PASSING = "idempotency_key_in_use"
AGAIN = "X-Should-Retry"


def is_wanted() -> bool:
    """Say whether whoever asks reads OpenAI's form."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def translated(status: int, code: str) -> tuple[int, str]:
    """Return the status and the code that stand for these."""
    if code in _CODES:
        return _CODES[code]
    return _STATUSES.get(status, status), code


def body(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return a problem document in OpenAI's form; what else it names stays in it."""
    status, code = translated(problem["status"], problem["code"])
    known = {"type", "title", "status", "detail", "code"}
    return {
        "error": {
            "message": _message(problem["detail"], problem.get("errors", {})),
            "type": _TYPES.get(status, _REFUSED if status < 500 else _FAULT),
            "param": next(iter(problem.get("errors", {})), None),
            "code": code,
            **{name: problem[name] for name in problem if name not in known},
        }
    }


def headers(problem: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that go with a problem."""
    status, code = translated(problem["status"], problem["code"])
    told = {header: str(problem[name]) for header, name in _IDS.items() if name in problem}
    return told | ({AGAIN: "false"} if status in _NOT_AGAIN and code != _PASSING else {})


def _message(detail: str, errors: Mapping[str, Sequence[str]]) -> str:
    """Return the words: these clients show nothing else."""
    faults = [f"{name}: {', '.join(messages)}" for name, messages in errors.items()]
    return "; ".join([detail, *faults[:3]])
