"""Zip files made as they are sent: no file and no archive is ever whole in memory."""

import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, cast


class _Sink:
    """What a zip file is written to, and taken from again; there is no going back in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Have nothing to do."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def zipped(files: Iterable[tuple[str, Iterable[str]]]) -> Iterator[bytes]:
    """Yield the bytes of a zip file that holds each file's lines, in UTF-8."""
    sink = _Sink()
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in files:
            with archive.open(name, "w", force_zip64=True) as file:
                for line in lines:
                    file.write(line.encode() + b"\n")
                    yield from _taken(sink)
    yield sink.take()


def _taken(sink: _Sink) -> Iterator[bytes]:
    piece = sink.take()
    if piece:
        yield piece
