"""Sketches of very many texts, and which of them may be nearly the same.

MinHash by `rensa` (MIT, Rust, no dependencies): the domain's own sketch, made for reports of
thousands of texts, is several times as slow. Bands of the sketches
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3) go to temporary files,
of which one is read at a time: some 40 bytes a text, not a table of them all in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from app.domain.shingles import hashes_of, mixed

# A pair that resembles by 0.8 is proposed with a chance of 0.95, by 0.9 of 0.9999, and one that
# resembles by 0.3, as texts about the same things do, of 0.001.
_BANDS, _ROWS = 16, 8
_SEED = 42
# A text that is alike in a band with very many is compared with so many of them, the oldest.
_MOST = 4
# So many texts' pairs are put in order at a time.
_STRETCH = 20_000
_LAST = np.uint64(2**32 - 1)
_PLACE_BYTES = 4

Numbers = NDArray[np.uint64]
Places = NDArray[np.uint32]


class Sketches:
    """Takes texts, the newest first; as a context manager it ends the files."""

    def __init__(self) -> None:
        self.size = 0
        self._open = ExitStack()
        made = (TemporaryFile() for _ in range(_BANDS))  # noqa: SIM115  # Closed together.
        self._files: list[Any] = [self._open.enter_context(file) for file in made]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, texts: Sequence[str]) -> None:
        """Take further texts, at least one; their numbers go on from those before."""
        pieces, ends = hashes_of(texts)
        found = RMinHash.digest_matrix_from_flat_token_hashes(pieces, ends, _BANDS * _ROWS, _SEED)
        rows = np.array(found.to_rows(), dtype=np.uint64).reshape(len(texts), _BANDS, _ROWS)
        for file, keys in zip(self._files, _keys(rows), strict=True):
            file.write(keys.tobytes())
        self.size += len(texts)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield (newer, older) numbers of texts that share a band, the oldest newer ones first.

        Numbers count from the newest text, so the older one is the higher; of several older
        ones the newest comes first.
        """
        for file in self._files:
            _pair(file)
        for last in range(self.size, 0, -_STRETCH):
            first = max(0, last - _STRETCH)
            stretch = np.hstack([_stretch(file, first, last) for file in self._files])
            yield from _proposed(first, stretch)


def _pair(file: Any) -> None:
    """Write in the place of each text's key the numbers of those it shares the key with."""
    file.seek(0)
    older = _older(np.frombuffer(file.read(), dtype=np.uint64))
    file.seek(0)
    file.write(older.tobytes())


def _older(keys: Numbers) -> Places:
    """Return for each text the ``_MOST`` oldest ones with its key; 0, which is none, for others."""
    order = np.argsort(keys, kind="stable").astype(np.uint32)
    sorted_keys = keys[order]
    ends = np.searchsorted(sorted_keys, sorted_keys, side="right").astype(np.uint32)
    places = np.arange(len(keys), dtype=np.uint32)
    found = np.zeros((len(keys), _MOST), dtype=np.uint32)
    for back in range(_MOST):
        has_older = ends > places + back + 1
        found[order[has_older], back] = order[ends[has_older] - back - 1]
    return found


def _stretch(file: Any, first: int, last: int) -> Places:
    file.seek(first * _MOST * _PLACE_BYTES)
    found = np.frombuffer(file.read((last - first) * _MOST * _PLACE_BYTES), dtype=np.uint32)
    return found.reshape(last - first, _MOST)


def _proposed(first: int, stretch: Places) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a stretch of newer texts, each once, in the order of ``pairs``."""
    rows, columns = np.nonzero(stretch)
    nearness = _LAST - stretch[rows, columns].astype(np.uint64)
    packed = (rows + first).astype(np.uint64) << np.uint64(32) | nearness
    for one in np.unique(packed)[::-1].tolist():
        newer, near = divmod(one, 2**32)
        yield newer, int(_LAST) - near


def _keys(rows: Numbers) -> Numbers:
    """Return a number for each band of each text: those of equal rows of numbers are equal."""
    keys = np.zeros(rows.shape[:2], dtype=np.uint64)
    for column in range(_ROWS):
        keys = mixed(keys ^ rows[:, :, column] + np.uint64(column + 1))
    return keys.T
