"""Texts, headers, parameters and problems that operations share in the OpenAPI document."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.api.examples.story import INTERACTION_ID, PROMPT_ID, RESPONSE_ID

TITLE = "AI Model Interaction and Feedback Service"
VERSION = "1"
RULES = """\
It stands between people and models: it keeps every prompt and response, collects feedback on
them, has it validated by other people, and turns it into training data with its provenance.

**JSON** comes in and goes out, in UTF-8 and strict about types: `"5"` and `true` are no numbers,
unknown fields are refused, and so are NUL characters, lone surrogates, NaN, Infinity and the keys
`__proto__`, `constructor` and `prototype`, wherever they stand. Clients should expect new fields.

**Errors** are problem documents (RFC 9457); `code` is stable. Beyond what each operation lists,
404 answers a path that is not here, 405 a method that a path does not have (`allowed` and the
header `Allow` name those that it has), and the web server 400, 408 and 431 a request
whose head it cannot read.

**Lists** are pages: `limit` items, and a `next_cursor` that leads on until it is null. A cursor is
opaque and belongs to its list.

**Repeats**: every POST takes an `Idempotency-Key`. **Versions**: the `ETag` of a resource, sent
back as `If-Match`, lets a change happen only to the version that was seen.

**Under `/v1`** is OpenAI's API, for its clients: errors are `{"error": {...}}` in their form, a
field that does not fit is a 400, unknown fields pass through to the model, and `Bearer` takes an
API key of this service as well as a token.

**Model ids** may hold slashes, plain or as `%2F`: `/dataset/model/google-bert/bert-base-uncased`.
`/x` and `/x/` are the same resource.
"""
LICENSE = {"name": "MIT", "url": "https://opensource.org/license/mit"}
SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Claims: `sub`, `exp`, and `roles` or `role` out of user, validator, admin.",
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "For services; made by `flask api-key create`, with scopes.",
    },
}
REQUEST_ID = "0199c0de-0000-7000-8000-0000000000ff"
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "required": True,
        "description": "Names this request in answers, logs and problems.",
        "schema": {"type": "string"},
        "example": REQUEST_ID,
    },
    "ETag": {
        "required": True,
        "description": "The `version` of the resource, to be sent back as `If-Match`.",
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "example": '"1"',
    },
    "Idempotent-Replayed": {
        "description": "Present where the answer was given before, to the same Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "required": True,
        "description": "Seconds after which trying again may help.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
    "X-RateLimit-Limit": {
        "description": "How many requests a person has in a period; goes with every answer.",
        "schema": {"type": "integer"},
        "example": 30000,
    },
    "X-RateLimit-Remaining": {
        "description": "How many are left.",
        "schema": {"type": "integer"},
        "example": 0,
    },
    "X-RateLimit-Reset": {
        "description": "When the next period begins, in seconds since 1970.",
        "schema": {"type": "integer"},
        "example": 1795255260,
    },
    "WWW-Authenticate": {
        "required": True,
        "description": "How to prove who is asking; of a token that was sent, what is wrong.",
        "schema": {"type": "string"},
        "example": 'Bearer error="invalid_token", error_description="the token expired"',
    },
    "X-Interaction-ID": {
        "required": True,
        "description": "The interaction that the call is recorded in.",
        "schema": {"type": "string", "format": "uuid"},
        "example": INTERACTION_ID,
    },
    "X-Response-ID": {
        "required": True,
        "description": "The stored response; feedback names it.",
        "schema": {"type": "string", "format": "uuid"},
        "example": RESPONSE_ID,
    },
    "Content-Disposition": {
        "required": True,
        "description": "The name of the file.",
        "schema": {"type": "string"},
        "example": 'attachment; filename="google-bert--bert-base-uncased.json"',
    },
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": (
            "A name for this request. One of up to 128 letters, digits and `. _ : / + = -` "
            "comes back as it is; any other is replaced."
        ),
        "schema": {"type": "string"},
    },
    "Idempotency-Key": {
        "description": (
            "Up to 255 visible ASCII characters, bare or in quotes. Within 24 hours a repeat with "
            "the same key and body gets the first answer, one with another body 422, and one while "
            "the first runs 409."
        ),
        "schema": {"type": "string", "pattern": '^("[!-~]{1,255}"|[!-~]{1,255})$'},
    },
    "X-Interaction-ID": {
        "description": "The interaction to go on with; without it a new one is made.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "Last-Event-ID": {
        "description": "The id of the last token that came; what follows it comes next.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,7}$"},
    },
    "If-Match": {
        "description": "The ETag of the version you have seen; 412 when there is a newer one.",
        "schema": {"type": "string", "pattern": '^(\\*|"[0-9]{1,9}")$'},
    },
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A status that is not a success: what it means, and one problem document as an example."""

    meaning: str
    code: str
    detail: str
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: Collection[str] = ()


_FAILED = {"prompt_id": PROMPT_ID, "response_id": RESPONSE_ID}
PROBLEMS = {
    400: Problem(
        "The request cannot be read: it is no JSON object, or a header has no possible value.",
        "malformed",
        "expected a JSON object, found list",
    ),
    401: Problem(
        "There is no valid proof of who is asking.",
        "token_expired",
        "the token expired at 2026-11-21T09:00:00Z",
        headers=("WWW-Authenticate",),
    ),
    403: Problem(
        "The caller may not do this.",
        "forbidden",
        "this needs the permission dimensions:write",
        {"needed": "dimensions:write"},
    ),
    404: Problem(
        "It does not exist, or the caller may not know that it does.",
        "not_found",
        f"there is no response {RESPONSE_ID} for you",
    ),
    408: Problem(
        "The body did not arrive in time.", "slow_body", "the body did not arrive within 10 s"
    ),
    409: Problem(
        "The state of the resource does not allow this; `code` says what of it.",
        "interaction_ended",
        "expected an active interaction, found it completed",
    ),
    412: Problem(
        "`If-Match` is not the current version.",
        "stale",
        "expected version 3, found If-Match 2",
        {"version": 3},
    ),
    413: Problem("The body is too large.", "too_large", "the body is larger than 8 MiB"),
    415: Problem(
        "The body is not `application/json`.",
        "unsupported_media_type",
        "expected Content-Type: application/json",
    ),
    416: Problem(
        "The part of the file that is asked for begins after its end.",
        "out_of_range",
        "expected a range within 1048576 bytes",
        {"size": 1_048_576},
    ),
    422: Problem(
        "Understood, but not acceptable; `errors` has messages by the path of the field.",
        "invalid",
        "the request does not fit its schema",
        {"errors": {"dimension_ratings.0.score": ["expected a number from 1 to 5, found 9"]}},
    ),
    428: Problem(
        "`If-Match` has to say which version is meant.",
        "if_match_required",
        "expected If-Match with the ETag of the version you have seen",
    ),
    429: Problem(
        "Too many requests.",
        "too_many_requests",
        "30000 per 1 minute",
        headers=(
            "Retry-After",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
        ),
    ),
    502: Problem(
        "The model side answered, but not with an answer. The prompt is kept.",
        "model_failed",
        "the model's answer holds no text",
        _FAILED,
    ),
    503: Problem(
        "Something that is needed does not answer: the database, or the model side, in which "
        "case the prompt is kept and named.",
        "unavailable",
        "the database does not answer at the moment",
        headers=("Retry-After",),
    ),
    504: Problem(
        "The model did not answer before the deadline. The prompt is kept.",
        "model_timeout",
        "no answer within 60 s",
        _FAILED,
    ),
}
