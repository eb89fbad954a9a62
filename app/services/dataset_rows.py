"""Rows out of the live tables: questions with all that was said of their answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.selection import Selection
from app.domain.shapes.row import Row
from app.services import large_reads, row_parts, selections
from app.utils.ahead import ahead

_BATCH = 500
_FIRST = UUID(int=2**128 - 1)
# The newest questions first. Both halves walk an index down from where the last batch ended.
_KEYS = """
SELECT DISTINCT prompt_id, CAST(prompt_id AS text) AS id FROM (
    (SELECT e.prompt_id FROM dataset_entries e JOIN interactions i ON i.id = e.interaction_id
     WHERE e.withdrawn_at IS NULL AND e.model_id = :model_id AND e.prompt_id < :before
       AND {entries}
     GROUP BY e.prompt_id ORDER BY e.prompt_id DESC LIMIT :limit)
    UNION ALL
    (SELECT e.prompt_id FROM preferences e JOIN interactions i ON i.id = e.interaction_id
     WHERE :preferences AND i.model_id = :model_id AND e.prompt_id < :before
       AND {preferences}
     GROUP BY e.prompt_id ORDER BY e.prompt_id DESC LIMIT :limit)
) k ORDER BY prompt_id DESC LIMIT :limit
"""


def iterate_rows(transactions: Transactions, *, selection: Selection) -> Iterator[Row]:
    """Yield the selected rows, newest question first, in constant memory.

    Each batch is a transaction of its own, so that a slow reader holds nothing open: what
    was there at the beginning comes once, whatever is added meanwhile. The next one is read on
    another thread, so ``transactions`` must open on any.
    """
    walk = _Walk(transactions=transactions, selection=selection)
    for rows in ahead(walk.batches(), workers=1):
        yield from rows


@dataclass(slots=True, kw_only=True)
class _Walk:
    """A walk down the questions; ``before`` is where it stands, None at its end."""

    transactions: Transactions
    selection: Selection
    before: UUID | None = _FIRST

    def batches(self) -> Iterator[Callable[[], list[Row]]]:
        """Yield what reads the next batch when it is called; one call at a time."""
        while self.before:
            yield self._next

    def _next(self) -> list[Row]:
        if not self.before:  # That was not known yet when this one was asked for.
            return []
        with large_reads.batch(self.transactions) as session:
            rows, self.before = batch(session, selection=self.selection, before=self.before)
        return rows


def batch(
    session: Session, *, selection: Selection, before: UUID | None = None
) -> tuple[list[Row], UUID | None]:
    """Return some selected rows before a question, and where the next begin, None at the end."""
    large_reads.prepare_batch(session)
    ids = _keys(session, selection=selection, before=before or _FIRST)
    rows = row_parts.rows(session, selection=selection, prompt_ids=ids)
    return rows, UUID(ids[-1]) if len(ids) == _BATCH else None


def _keys(session: Session, *, selection: Selection, before: UUID) -> Sequence[str]:
    entries = selections.of_entries(selection)
    preferences = selections.of_preferences(selection)
    sql = _KEYS.format(
        entries=selections.joined(entries), preferences=selections.joined(preferences)
    )
    values = {
        "model_id": selection.model_id,
        "before": before,
        "limit": _BATCH,
        "preferences": selection.preferences,
        **selections.values_of(entries),
        **selections.values_of(preferences),
    }
    return [row.id for row in session.execute(text(sql), values)]
