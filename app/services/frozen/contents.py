"""Contents of versions, read in order and in batches: a slow reader holds nothing open."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from app.db import Transactions

BATCH = 2000
Question = Sequence[dict[str, Any]]

_COLLECTED = text(
    """
SELECT number, CAST(prompt_id AS text) AS prompt_id, content FROM dataset_version_contents
WHERE version_id = :version_id AND number > :after ORDER BY number LIMIT :limit
"""
)
# A look into the key for each row: joined otherwise, it might be a scan of all for every batch.
_FROZEN = text(
    """
SELECT r.position AS number, CAST(c.prompt_id AS text) AS prompt_id, c.content
FROM dataset_version_rows r
CROSS JOIN LATERAL (
    SELECT prompt_id, content FROM dataset_version_contents
    WHERE version_id = r.version_id AND number = r.number OFFSET 0
) c
WHERE r.version_id = :version_id AND r.position > :after
  AND (CAST(:split AS text) IS NULL OR r.split = :split)
ORDER BY r.position LIMIT :limit
"""
)


def collected(
    transactions: Transactions, *, version_id: UUID
) -> Iterator[tuple[list[int], Question]]:
    """Yield each question that was collected: the numbers of its rows, and their contents."""
    yield from _questions(transactions, _COLLECTED, {"version_id": version_id})


def frozen(
    transactions: Transactions, *, version_id: UUID, split: str | None
) -> Iterator[Question]:
    """Yield each question of a version, or of a split of it, without what was erased."""
    values = {"version_id": version_id, "split": split}
    for _, question in _questions(transactions, _FROZEN, values):
        yield question


def _questions(
    transactions: Transactions, statement: Any, values: dict[str, Any]
) -> Iterator[tuple[list[int], Question]]:
    """Rows of a question follow each other, as they were collected."""
    rows = walked(transactions, statement=statement, values=values, size=BATCH)
    by: Callable[[Any], str] = lambda row: row.prompt_id  # noqa: E731
    for _, group in groupby(rows, by):
        found = list(group)
        yield [row.number for row in found], [orjson.loads(row.content) for row in found]


def walked(
    transactions: Transactions, *, statement: Any, values: dict[str, Any], size: int
) -> Iterator[Any]:
    """Yield the rows of a statement by their ``number``: ``size`` a transaction."""
    after, is_full = -1, True
    while is_full:
        with transactions() as session:
            asked = {**values, "after": after, "limit": size}
            found = session.execute(statement, asked).all()
        yield from found
        is_full = len(found) == size
        after = found[-1].number if found else after
