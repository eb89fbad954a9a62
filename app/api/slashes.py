"""`/x` and `/x/` are the same resource, and so are `/` and nothing."""

from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class StripTrailingSlash:
    """Strips trailing slashes before routing, so that no client is redirected."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass the request on with its path stripped."""
        # Who asks for `http://host` names no path, and means the door.
        environ["PATH_INFO"] = environ.get("PATH_INFO", "").rstrip("/") or "/"
        return self._application(environ, start_response)
