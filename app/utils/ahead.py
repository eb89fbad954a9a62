"""Reading ahead: the next piece is made while the last one is used."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Generator[T, None, None]) -> Iterator[T]:
    """Yield ``pieces``, each made on another thread while the one before it is used.

    One at most waits to be used. Whoever stops early waits for the one that is being made; what
    it raises is raised where it would have been used.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            coming = thread.submit(next, pieces, None)
            while (piece := coming.result()) is not None:
                coming = thread.submit(next, pieces, None)
                yield piece
        finally:
            thread.submit(pieces.close).result()
