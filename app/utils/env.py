"""Typed values out of an environment mapping, with every fault collected."""

from collections.abc import Mapping
from pathlib import Path

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class EnvironmentReader:
    """Reads settings by name; ``faults`` collects what is missing or malformed.

    ``NAME_FILE`` names a file that holds the value, as secrets are mounted by Docker.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the value, its file's content, or ``default``; stripped."""
        value = self._environment.get(name, "").strip()
        path = self._environment.get(f"{name}_FILE", "").strip()
        if value and path:
            self.faults.append(f"{name} and {name}_FILE are both set")
        if not value and path:
            value = self._content(name, path)
        return value or default

    def number(self, name: str, default: float, *, least: float = 0) -> float:
        """Return a finite number of at least ``least``."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number < float("inf"):
            self.faults.append(f"{name} must be a number >= {least:g}, found {value!r}")
            return default
        return number

    def whole(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a whole number of at least ``least``."""
        number = self.number(name, default, least=least)
        if number != int(number):
            self.faults.append(f"{name} must be a whole number, found {number!r}")
            return default
        return int(number)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false; anything else is a fault."""
        value = self.text(name, str(default)).lower()
        if value not in _TRUE | _FALSE:
            self.faults.append(f"{name} must be true or false, found {value!r}")
        return value in _TRUE

    def _content(self, name: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.faults.append(f"{name}_FILE cannot be read")
            return ""
