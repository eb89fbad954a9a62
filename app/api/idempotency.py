"""The Idempotency-Key header: a repeat of a POST gets the first answer."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from app.api.context import principal
from app.db import transaction
from app.errors import AppError, Malformed
from app.services import idempotency
from app.services.idempotency import Claim, KeptAnswer
from app.utils.canonical_json import canonical_bytes

REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_SUCCESS = range(200, 300)
_REFUSED = range(400, 500)
# Who asks again after these gets another chance, not the old answer.
_NOT_KEPT = frozenset({401, 408, 413, 429})
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def claim() -> Claim | None:
    """Return the claim that the request's key makes, or None without a key.

    Both the draft's quoted form and a bare key are taken; raises Malformed for others.
    """
    key = given_key()
    if key is None:
        return None
    return Claim(
        caller=principal().id,
        route=f"{request.method} {request.path}"[:1000],
        key=key,
        fingerprint=_fingerprint(),
    )


def given_key() -> str | None:
    """Return the key alone, in either form; for what is idempotent without keeping it."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header[1:-1] if len(header) > 2 and header[0] == header[-1] == '"' else header
    if not _KEY.fullmatch(key):
        raise Malformed("expected an Idempotency-Key of 1 to 255 visible ASCII characters")
    return key


def replayed(headers: dict[str, str] | None = None) -> dict[str, str]:
    """Return ``headers`` with the mark of an answer that was given before."""
    return {**(headers or {}), REPLAYED: "true"}


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view so that its effect, its answer and the key commit together."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        asked = claim()
        if asked is None:
            return view(*args, **kwargs)
        try:
            with transaction() as session:
                kept = idempotency.take(session, claim=asked)
                if kept:
                    return _again(kept)
                response = current_app.make_response(view(*args, **kwargs))
                if response.status_code in _SUCCESS:
                    idempotency.keep(session, claim=asked, answer=_kept(response))
                return response
        except (AppError, HTTPException) as error:
            return _keep_refusal(asked, error)

    return wrapper


def repeatable(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view that has transactions of its own, and does no more when it is done again.

    Its answer is kept behind it: a repeat that comes before then has the same effect, and is
    no replay.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        asked = claim()
        if asked is None:
            return view(*args, **kwargs)
        with transaction() as session:
            kept = idempotency.take(session, claim=asked)
        if kept:
            return _again(kept)
        try:
            response = current_app.make_response(view(*args, **kwargs))
        except (AppError, HTTPException) as error:
            return _keep_refusal(asked, error)
        with transaction() as session:
            idempotency.keep(session, claim=asked, answer=_kept(response))
        return response

    return wrapper


def _keep_refusal(asked: Claim, error: AppError | HTTPException) -> Response:
    """Keep a 4xx too; what the view had done is rolled back by now."""
    response = current_app.make_response(current_app.handle_user_exception(error))
    about_the_key = isinstance(error, AppError) and error.reason.startswith("idempotency_key")
    keepable = response.status_code in _REFUSED and response.status_code not in _NOT_KEPT
    if keepable and not about_the_key:
        with transaction() as session:
            idempotency.keep(session, claim=asked, answer=_kept(response))
    return response


def _kept(response: Response) -> KeptAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return KeptAnswer(status=response.status_code, headers=headers, body=response.get_data())


def _again(kept: KeptAnswer) -> Response:
    return Response(kept.body, status=kept.status, headers=replayed(kept.headers))


def _fingerprint() -> bytes:
    raw = request.get_data(cache=True)
    try:
        body = canonical_bytes(orjson.loads(raw))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # No JSON, or nested deeper than it can be written: the view will say so.
        body = raw
    return hashlib.sha256(request.query_string + b"\0" + body).digest()
