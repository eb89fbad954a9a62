"""What every store and encoding takes: texts without NUL and lone surrogates."""

import re
from typing import Any

# What PostgreSQL's text and UTF-8 cannot hold.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH_SURROGATES = ("\ud800", "\udbff")


def storable(text: str) -> str:
    """Return ``text`` with U+FFFD for what cannot be stored: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_json(value: Any) -> Any:
    """Return a JSON value with all its texts storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_json(name): storable_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    return value


class PieceJoiner:
    """Makes pieces of a text storable; a character cut in two between pieces is put together.

    JSON of a sender that counts in UTF-16 may end a piece with half a character.
    """

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Return what of the text is sure by now."""
        text = self._half + piece
        first, last = _HIGH_SURROGATES
        self._half = text[-1] if text and first <= text[-1] <= last else ""
        text = text.removesuffix(self._half)
        if _SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return storable(text)

    def end(self) -> str:
        """Return what stands for a half whose other one never came."""
        half, self._half = self._half, ""
        return storable(half)
