"""A file that is read while it is written, for libraries that only write files."""

import io
from typing import Any


class Sink(io.RawIOBase):
    """Takes what is written, at the end alone, until it is taken out."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        """Say that it is for writing."""
        return True

    def tell(self) -> int:
        """Return how much was written in all."""
        return self._length

    def write(self, data: Any, /) -> int:
        """Take ``data``."""
        piece = bytes(data)
        self._pieces.append(piece)
        self._length += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found
