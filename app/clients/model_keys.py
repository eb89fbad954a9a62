"""Keys of model servers, which routes name and only the environment holds.

Admins write routes, operators write the environment. So that a route cannot carry off any
other secret, the only names it may use are ones that operators chose for this purpose, and
a list beside a key binds it to hosts: ``MODEL_OPENAI_API_KEY_HOSTS=api.openai.com``.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.utils.env import EnvironmentReader

_NAME = re.compile(r"MODEL_(?:[A-Z0-9]+_)*API_KEY")
FORM = "MODEL_..._API_KEY"


class ModelKeys:
    """Finds keys by the names of their variables; ``NAME_FILE`` names a file with the key."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def fault(self, name: str, url: str) -> str | None:
        """Return why the key of that name may not be sent to ``url``, or None."""
        if not _NAME.fullmatch(name):
            return f"must be the name of a variable of the form {FORM}"
        listed = self._environment.get(f"{name}_HOSTS", "").lower()
        hosts = {host.strip() for host in listed.split(",") if host.strip()}
        if hosts and urlsplit(url).hostname not in hosts:
            return f"is bound to other hosts by {name}_HOSTS"
        return None

    def get(self, name: str) -> str | None:
        """Return the key, None where it is not set or cannot be read."""
        reader = EnvironmentReader(self._environment)
        key = reader.text(name) if _NAME.fullmatch(name) else ""
        return key if key.isascii() and key.isprintable() and key else None
