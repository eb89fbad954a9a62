"""Rate limits over all routes: per person, and per address for who has not said who it is."""

import time
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many

from app.api import rate_counts
from app.clients.cache import Cache
from app.config import Config
from app.errors import TooMany

_EXEMPT = frozenset(
    {
        "operations.show_service",
        "operations.health",
        "operations.ready",
        "operations.metrics",
        "docs.openapi",
        "docs.page",
        "docs.asset",
    }
)


def register(app: Flask, config: Config, cache: Cache) -> None:
    """Limit every caller; without a limit configured nothing is counted."""
    if not config.rate_limit:
        return
    options: dict[str, Any] = {"cache": cache}
    app.extensions["rate_limiter"] = Limiter(
        key_func=_caller,
        app=app,
        application_limits=[config.rate_limit],
        application_limits_exempt_when=_is_exempt,
        storage_uri=f"{rate_counts.SCHEME}://",
        storage_options=options,
        strategy="fixed-window",
        # The counts go on without Redis; this is for a fault in them.
        in_memory_fallback_enabled=True,
        key_prefix="rate",
    )
    app.extensions["rate_limits"] = parse_many(config.rate_limit)
    app.before_request(_count_nowhere)
    app.after_request(_tell)


def count_stranger() -> None:
    """Count a request by nobody known, by its address; raises TooMany over the limit.

    The library comes after authentication, and so never sees who fails it.
    """
    if "rate_limiter" not in current_app.extensions:
        return
    limiter = current_app.extensions["rate_limiter"].limiter
    for limit in current_app.extensions["rate_limits"]:
        key = ("stranger", get_remote_address())
        if not limiter.hit(limit, *key):
            seconds = limiter.get_window_stats(limit, *key).reset_time - time.time()
            raise TooMany(f"expected at most {limit} from an address", retry_after=seconds)


def _count_nowhere() -> None:
    """Count requests that lead nowhere: for the library they are none."""
    if request.endpoint is None:
        count_stranger()


def _caller() -> str:
    principal = g.get("principal")
    return principal.id if principal else get_remote_address()


def _is_exempt() -> bool:
    return request.endpoint in _EXEMPT


def _tell(response: Response) -> Response:
    """Say how much is left; when to come back only to who was refused."""
    found = current_app.extensions["rate_limiter"].current_limit
    if found is None:
        return response
    response.headers["X-RateLimit-Limit"] = str(found.limit.amount)
    response.headers["X-RateLimit-Remaining"] = str(found.remaining)
    response.headers["X-RateLimit-Reset"] = str(found.reset_at)
    if response.status_code == 429:
        # Whoever refused for another reason has said when.
        response.headers.setdefault("Retry-After", str(max(1, found.reset_at - int(time.time()))))
    return response
