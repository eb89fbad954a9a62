"""Sketches of very many texts, and which of them may be nearly the same.

MinHash by `rensa` (MIT, Rust, no dependencies): the domain's own sketch, made for reports of
thousands of texts, is several times as slow. Bands of the sketches
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3) go to temporary files,
of which one is read at a time: 8 bytes a text, not a table of them all in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from app.domain.shingles import hashes, mixed

# A pair that resembles by 0.8 is proposed with a chance of 0.95, by 0.9 of 0.9999, and one that
# resembles by 0.3, as texts about the same things do, of 0.001.
_BANDS, _ROWS = 16, 8
_SEED = 42
# A text that is alike in a band with very many is compared with so many of them, the oldest.
_MOST = 4

Numbers = NDArray[np.uint64]


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
        """Take further texts; their numbers go on from those before."""
        if not texts:
            return
        pieces = [hashes(text) for text in texts]
        ends = np.cumsum([0, *(len(one) for one in pieces)]).astype(np.uint64)
        found = RMinHash.digest_matrix_from_flat_token_hashes(
            np.concatenate(pieces), ends, _BANDS * _ROWS, _SEED
        )
        rows = np.array(found.to_rows(), dtype=np.uint64).reshape(len(texts), _BANDS, _ROWS)
        for band, file in enumerate(self._files):
            file.write(_keys(rows[:, band, :]).tobytes())
        self.size += len(texts)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield (newer, older) numbers of texts that share a band, the oldest newer ones first.

        Numbers count from the newest text, so the older one is the higher.
        """
        proposed = np.unique(np.concatenate([self._of_band(file) for file in self._files]))
        for packed in proposed[::-1]:
            newer, nearness = divmod(int(packed), 2**32)
            yield newer, 2**32 - 1 - nearness

    def _of_band(self, file: Any) -> Numbers:
        """Return pairs, packed so that of one newer text the oldest other one sorts last."""
        file.seek(0)
        keys = np.frombuffer(file.read(), dtype=np.uint64)
        order = np.argsort(keys, kind="stable").astype(np.uint64)
        sorted_keys = keys[order.astype(np.intp)]
        ends = np.searchsorted(sorted_keys, sorted_keys, side="right")
        places = np.arange(len(keys))
        found = []
        for back in range(1, _MOST + 1):
            older = ends - back
            is_pair = older > places
            newer = order[places[is_pair]]
            nearness = np.uint64(2**32 - 1) - order[older[is_pair]]
            found.append(newer << np.uint64(32) | nearness)
        return np.concatenate(found)


def _keys(band: Numbers) -> Numbers:
    """Return one number for each row of a band; two rows that are equal have the same."""
    key = np.zeros(len(band), dtype=np.uint64)
    for column in range(_ROWS):
        key = mixed(key ^ band[:, column] + np.uint64(column + 1))
    return key
