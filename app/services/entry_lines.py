"""Entries as lines of JSON, for exports of any size.

Where a batch ends is asked for first, of an index alone, so that several can be made at once,
each by a backend of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Semaphore
from uuid import UUID

from sqlalchemy import text

from app.db import Transactions
from app.domain.selection import Selection
from app.services import entry_copies
from app.services.entry_copies import ScoreKeys
from app.utils.ahead import ahead

_BACKENDS = 2
# So many batches are made at once in this process, whoever asks: more would not be ready sooner,
# and would leave no connections to others.
_TURNS = Semaphore(2 * _BACKENDS)
# So many entries make a block, and so many blocks at most a batch; the first comes soon.
_SPAN, _FIRST, _MOST = 50, 2, 100
# A batch has about so many bytes, and never many more: what is over is asked for again.
_BYTES = 8 << 20
_NEWEST, _OLDEST = UUID(int=2**128 - 1), UUID(int=0)
_ENDS = text(
    """
SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM dataset_entries
    WHERE model_id = :model_id AND id < :before ORDER BY id DESC LIMIT :size
) next WHERE place % :span = 0 ORDER BY id DESC
"""
)


@dataclass(slots=True)
class _Pace:
    """How many blocks make a batch, by how large those are that were last made."""

    blocks: int = _FIRST

    def saw(self, made: Sequence[bytes]) -> None:
        """Learn from a batch: behind one that is empty much is looked through at once."""
        size = sum(map(len, made))
        self.blocks = max(1, min(_MOST, _BYTES * len(made) // size)) if size else _MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Blocks of whole lines, and what makes those that could not be taken with them."""

    blocks: Sequence[bytes]
    rest: "Callable[[], _Batch] | None"

    def all(self) -> Iterator[bytes]:
        """Yield the blocks that hold something, and then the rest."""
        yield from filter(None, self.blocks)
        if self.rest:
            yield from self.rest().all()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where the lines come from."""

    transactions: Transactions
    selection: Selection
    keys: ScoreKeys
    pace: _Pace

    def batches(self) -> Iterator[Callable[[], _Batch]]:
        """Yield what makes a batch when it is called, on any thread."""
        before = _NEWEST
        while before != _OLDEST:
            ends = self._ends(before)
            yield partial(self._batch, before, ends)
            before = ends[-1]

    def _ends(self, before: UUID) -> list[UUID]:
        """Return where the next blocks end; the last of all ends where nothing can lie behind."""
        blocks = self.pace.blocks
        values = {"model_id": self.selection.model_id, "before": before, "span": _SPAN}
        with self.transactions() as session:
            found = session.scalars(_ENDS, {**values, "size": blocks * _SPAN}).all()
        return [*found] if len(found) == blocks else [*found, _OLDEST]

    def _batch(self, before: UUID, ends: list[UUID]) -> _Batch:
        with _TURNS, self.transactions() as session:
            blocks = entry_copies.blocks(
                session,
                selection=self.selection,
                keys=self.keys,
                before=before,
                ends=ends,
                most=_BYTES * 2,
            )
        self.pace.saw(blocks)
        done = len(blocks)
        rest = partial(self._batch, ends[done - 1], ends[done:]) if done < len(ends) else None
        return _Batch(blocks=blocks, rest=rest)


def iterate_lines(transactions: Transactions, *, selection: Selection) -> Iterator[bytes]:
    """Yield the selected entries, newest first, as whole lines, many at a time.

    Each batch is a transaction of its own, so that a slow reader holds nothing open: what
    was there at the beginning comes once, whatever is added meanwhile. The next ones are made
    on other threads, so ``transactions`` must open on any.
    """
    with transactions() as session:
        keys = entry_copies.score_keys(session, model_id=selection.model_id)
    source = _Source(transactions=transactions, selection=selection, keys=keys, pace=_Pace())
    for batch in ahead(source.batches(), workers=_BACKENDS):
        yield from batch.all()
