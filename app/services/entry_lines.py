"""Entries as lines of JSON, for exports of any size.

Where a batch ends is asked for first, of an index alone, so that several can be made at once,
each by a backend of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from app.db import Transactions
from app.domain.selection import Selection
from app.services import entry_copies, large_reads
from app.services.entry_copies import ScoreKeys
from app.utils.ahead import ahead

_BACKENDS = 2
# At most so many entries make a block, and so many blocks a batch.
_SPAN, _BLOCKS = 50, 100
# A block and a batch have about so many bytes; what is over is asked for again.
_BLOCK_BYTES, _BYTES = 1 << 20, 8 << 20
_NEWEST, _OLDEST = UUID(int=2**128 - 1), UUID(int=0)
_ENDS = text(
    """
SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM dataset_entries
    WHERE model_id = :model_id AND id < :before ORDER BY id DESC LIMIT :size
) next WHERE place % :span = 0 ORDER BY id DESC
"""
)
_EACH = text(
    """
SELECT id FROM dataset_entries WHERE model_id = :model_id AND id < :before AND id > :end
ORDER BY id DESC
"""
)


@dataclass(frozen=True, slots=True)
class _Size:
    """How many entries make a block, and how many blocks a batch; the first comes soon."""

    span: int = 10
    blocks: int = 10


def _fitting(made: Sequence[bytes], span: int) -> _Size:
    """Return the size of the next batch: behind one that is empty much is looked through."""
    mean = sum(map(len, made)) / (len(made) * span) or 1.0
    fitting = max(1, min(_SPAN, int(_BLOCK_BYTES / mean)))
    return _Size(fitting, max(1, min(_BLOCKS, int(_BYTES / mean / fitting))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Blocks of whole lines, and what makes those that could not be taken with them."""

    blocks: Sequence[bytes]
    rest: "Callable[[], _Batch] | None"


@dataclass(slots=True, kw_only=True)
class _Source:
    """Where the lines come from; ``size`` is that of the next batch."""

    transactions: Transactions
    selection: Selection
    keys: ScoreKeys
    size: _Size = _Size()

    def batches(self) -> Iterator[Callable[[], _Batch]]:
        """Yield what makes a batch when it is called, on any thread."""
        before = _NEWEST
        while before != _OLDEST:
            size = self.size
            ends = self._ends(before, size)
            yield partial(self._batch, before, ends, size.span)
            before = ends[-1]

    def _ends(self, before: UUID, size: _Size) -> list[UUID]:
        """Return where the next blocks end; the last of all ends where nothing can lie behind."""
        values = {"before": before, "span": size.span, "size": size.span * size.blocks}
        found = self._ids(_ENDS, values)
        return found if len(found) == size.blocks else [*found, _OLDEST]

    def _batch(self, before: UUID, ends: list[UUID], span: int) -> _Batch:
        try:
            blocks = self._blocks(before, ends)
        except entry_copies.TooLarge:
            if span == 1:
                raise
            each = [*self._ids(_EACH, {"before": before, "end": ends[-1]}), ends[-1]]
            return _Batch(blocks=(), rest=partial(self._batch, before, each, 1))
        self.size = _fitting(blocks, span)
        done = len(blocks)
        if done == len(ends):
            return _Batch(blocks=blocks, rest=None)
        return _Batch(blocks=blocks, rest=partial(self._batch, ends[done - 1], ends[done:], span))

    def _blocks(self, before: UUID, ends: list[UUID]) -> list[bytes]:
        with large_reads.batch(self.transactions) as session:
            return entry_copies.blocks(
                session,
                selection=self.selection,
                keys=self.keys,
                before=before,
                ends=ends,
                most=_BYTES * 2,
            )

    def _ids(self, statement: TextClause, values: dict[str, Any]) -> list[UUID]:
        with self.transactions() as session:
            model = {"model_id": self.selection.model_id}
            return [*session.scalars(statement, {**model, **values})]


def iterate_lines(transactions: Transactions, *, selection: Selection) -> Iterator[bytes]:
    """Yield the selected entries, newest first, as whole lines, many at a time.

    Each batch is a transaction of its own, so that a slow reader holds nothing open: what
    was there at the beginning comes once, whatever is added meanwhile. The next ones are made
    on other threads, so ``transactions`` must open on any.
    """
    with transactions() as session:
        keys = entry_copies.score_keys(session, model_id=selection.model_id)
    source = _Source(transactions=transactions, selection=selection, keys=keys)
    for batch in ahead(source.batches(), workers=_BACKENDS):
        yield from _whole(batch)


def _whole(batch: _Batch) -> Iterator[bytes]:
    """Yield what a batch holds, and then its rest, of which no more is kept than one part."""
    left: _Batch | None = batch
    while left:
        yield from filter(None, left.blocks)
        left = left.rest() if left.rest else None
