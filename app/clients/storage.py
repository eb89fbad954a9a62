"""Storage of files: a folder, or a bucket that speaks S3's language, behind one interface."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO, Protocol

from app.errors import Unavailable
from app.utils.ids import new_id

PIECE = 1_048_576


class StorageError(Unavailable):
    """The storage did not do what it was asked; later it may."""

    code = "storage_unavailable"


class Missing(StorageError):
    """The storage has no such file."""


class VersionsKept(StorageError):
    """The storage keeps old versions of a file, and does not let them be deleted."""

    code = "storage_keeps_versions"


class Storage(Protocol):
    """Keeps files by key, a path of plain names; a file is there whole or not at all."""

    def put(self, key: str, content: Iterable[bytes]) -> int:
        """Keep a file in the place of one with the same key; return its length in bytes.

        Raises StorageError, and then leaves what was there before.
        """
        ...

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``end``; raises Missing and StorageError."""
        ...

    def delete(self, key: str) -> None:
        """Have no such file from now on, nor any version of it; raises StorageError."""
        ...


class FolderStorage:
    """Keeps files in a folder that all processes see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: Iterable[bytes]) -> int:
        """Write beside the file and rename, so that a crash leaves no half of it."""
        path = self._folder / key
        beside = path.with_name(f".{path.name}.{new_id()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path)
            with beside.open("wb") as file:
                # As long as this process lives, nobody takes it for left behind.
                fcntl.flock(file, fcntl.LOCK_EX)
                length = sum(file.write(piece) for piece in content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _sync(path.parent)
        except OSError as error:
            raise StorageError("the storage folder cannot be written to") from error
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        return length

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Open at once, so that who asks for what is not there learns it before the answer."""
        try:
            file = (self._folder / key).open("rb")
            file.seek(start)
        except FileNotFoundError as error:
            raise Missing("the storage has no such file") from error
        except OSError as error:
            raise StorageError("the storage folder cannot be read") from error
        return _pieces(file, None if end is None else end - start)

    def delete(self, key: str) -> None:
        """Remove the file, and what killed processes wrote of it; the folders stay."""
        try:
            _sweep(self._folder / key)
            (self._folder / key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError("the storage folder cannot be written to") from error


def _sweep(path: Path) -> None:
    """Remove what stands beside a file and is nobody's any more: its writer was killed."""
    for left in path.parent.glob(f".{escape(path.name)}.*"):
        with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink(missing_ok=True)


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    left = length
    with file:
        while left is None or left > 0:
            piece = file.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
