"""`/x` and `/x/` are the same resource."""

from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class StripTrailingSlash:
    """Strips trailing slashes before routing, so that no client is redirected."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass the request on with its path stripped."""
        path = environ.get("PATH_INFO", "")
        if path.endswith("/") and path != "/":
            environ["PATH_INFO"] = path.rstrip("/") or "/"
        return self._application(environ, start_response)
