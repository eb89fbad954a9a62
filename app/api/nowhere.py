"""What is said where there is no such path, or a path has no such method."""

import re
from typing import Any
from urllib.parse import quote

from flask import request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

_LONGEST_PATH = 200
_METHOD = re.compile(r"[A-Z]{1,20}")
_LISTED = "GET /docs and GET /openapi.json list what there is"


def described(error: HTTPException) -> tuple[str, dict[str, Any]] | None:
    """Return the words, and what else to tell; None for what a view has raised.

    What was asked for is in them in printable ASCII, and cut.
    """
    if error is not request.routing_exception:
        return None
    if not isinstance(error, MethodNotAllowed):
        return f"there is nothing at {_method()} {_path()}; {_LISTED}", {}
    allowed = sorted(error.valid_methods or ())
    return f"{_path()} has no {_method()}, only {', '.join(allowed)}", {"allowed": allowed}


def _method() -> str:
    return request.method if _METHOD.fullmatch(request.method) else "such method"


def _path() -> str:
    return quote(request.path[:_LONGEST_PATH], safe="/:@!$&()*+,;=~")
